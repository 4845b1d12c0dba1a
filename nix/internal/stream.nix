# A program that writes a recipe's docker-archive to stdout.
{ lib, runnableFile }:
{
  name,
  recipe,
  tag,
  layerCompression ? "none",
  result ? { },
}:
runnableFile {
  inherit name result;
  arguments = [
    "stream"
    "${recipe}"
  ]
  ++ lib.optionals (layerCompression != "none") [
    "--layer-compression"
    layerCompression
  ];
  output = { inherit tag; };
}
