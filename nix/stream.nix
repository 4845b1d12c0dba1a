# A program that writes a recipe's docker-archive to stdout.
{ runnableFile }:
{
  name,
  recipe,
  tag,
}:
runnableFile {
  inherit name;
  arguments = [
    "stream"
    "${recipe}"
  ];
  output = { inherit tag; };
}
// {
  isExe = true;
}
