# Trees as users have them: a package's own tree, and links into packages.
{ pkgs }:
{
  tools = pkgs.buildEnv {
    name = "example-tools";
    paths = [
      pkgs.bash
      pkgs.coreutils
    ];
    pathsToLink = [ "/bin" ];
  };

  settings = pkgs.writeTextDir "etc/example.conf" "answer = 42\n";
}
