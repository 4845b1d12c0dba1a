# A program that writes a recipe's docker-archive to stdout.
{ command }:
{
  name,
  recipe,
  tag,
}:
command {
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
