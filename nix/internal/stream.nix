# A program that writes a recipe's docker-archive to stdout.
{ lib, runnableFile }:
{
  name,
  recipe,
  tag,
  layerCompression ? "none",
  fileFirst ? false, # as runnable-file.nix has it
  result ? { },
}:
runnableFile {
  inherit name fileFirst result;
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
