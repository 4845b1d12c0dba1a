# The command `nixdock`: serve, copy, archive and stream recipes.
{ buildPkgs, command }:
command {
  name = "nixdock";
  arguments = [ ];
  tools = [ buildPkgs.skopeo ];
}
