# A program that writes a recipe's docker-archive to stdout.
{ command }:
{
  name,
  recipe,
  tag,
  result ? { },
}:
command {
  inherit name result;
  arguments = [
    "stream"
    "${recipe}"
  ];
  output = { inherit tag; };
}
