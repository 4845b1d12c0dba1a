# A program that writes a recipe's docker-archive to stdout.
{ runnableFile }:
{
  name,
  recipe,
  tag,
  result ? { },
}:
runnableFile {
  inherit name result;
  arguments = [
    "stream"
    "${recipe}"
  ];
  output = { inherit tag; };
}
