# What goes to `/`, as a layer takes it (`root` and `dirlinks` of its source): the trees themselves, or what the user's
# scripts make of them, as a tar, because the store would lose modes and owners.
{ pkgs, runStep }:
{
  baseName,
  trees,
  dirlinks,
  owner,
  mtime,
  base, # recipe, or null
  runAsRoot ? null,
  extraCommands,
  fakeRootCommands ? "",
  enableFakechroot ? false,
  debug ? false,
}:
let
  # What a script finds under nixpkgs' dockerTools, which runs it in a stdenv.
  stdenvTools =
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
  common = {
    inherit
      trees
      dirlinks
      owner
      mtime
      extraCommands
      ;
    shell = "${pkgs.bash}/bin/bash";
  };
  scripted = runStep (
    {
      name = "${baseName}-root.tar";
    }
    // (
      if runAsRoot != null then
        {
          step = "run-as-root";
          spec = common // {
            inherit runAsRoot;
            base = if base == null then null else "${base}";
          };
          tools = stdenvTools ++ [
            pkgs.fakeroot
            pkgs.util-linux
          ];
        }
      else
        {
          step = "root-tree";
          spec = common // {
            inherit fakeRootCommands enableFakechroot debug;
          };
          tools =
            stdenvTools
            ++ (if fakeRootCommands == "" then [ ] else [ pkgs.fakeroot ])
            ++ (if enableFakechroot then [ pkgs.util-linux ] else [ ]);
        }
    )
  );
in
if runAsRoot == null && extraCommands == "" && fakeRootCommands == "" then
  {
    root = trees;
    inherit dirlinks;
  }
else
  {
    root = [ "${scripted}" ];
    dirlinks = "conflict"; # there is but one tree now
  }
