# The command `nix-prefetch-docker`: prints the arguments of pullImage for an image as it is now.
{ buildPkgs, command }:
command {
  name = "nix-prefetch-docker";
  arguments = [ "prefetch" ];
  tools = [ buildPkgs.skopeo ]; # and nix-store, its user's own
}
