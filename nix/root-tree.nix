# What a user's script makes of the trees that go to `/`, as a tar: the store would lose its modes.
{ pkgs, runStep }:
{
  baseName,
  trees,
  dirlinks,
  extraCommands,
  owner,
  mtime,
}:
runStep {
  name = "${baseName}-root.tar";
  step = "root-tree";
  spec = {
    inherit
      trees
      dirlinks
      extraCommands
      owner
      mtime
      ;
    shell = "${pkgs.bash}/bin/bash";
  };
  # What a script finds under nixpkgs' dockerTools, which runs it in a stdenv.
  tools =
    pkgs.stdenv.initialPath or (with pkgs; [
      coreutils
      findutils
      gnused
      gnugrep
      gawk
      gnutar
      gzip
      bash
    ]);
}
