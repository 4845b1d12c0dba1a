# What goes to `/`, as a layer takes it (`root` and `dirlinks` of its source): the trees themselves, or what the user's
# scripts make of them, as a tar, because the store would lose modes and owners.
{
  pkgs,
  buildPkgs,
  runStep,
}:
{
  baseName,
  trees,
  dirlinks,
  owner,
  mtime,
  base, # recipe, or null
  architecture,
  runAsRoot ? null,
  extraCommands,
  fakeRootCommands ? "",
  enableFakechroot ? false,
  debug ? false,
}:
let
  # What a script finds under nixpkgs' dockerTools, which runs it in a stdenv.
  stdenvTools =
    pkgs.stdenv.initialPath or (with buildPkgs; [
      coreutils
      findutils
      gnused
      gnugrep
      gawk
      gnutar
      gzip
      bash
    ]);
  changesRoot = enableFakechroot || runAsRoot != null;
  scripted = runStep {
    name = "${baseName}-root.tar";
    step = if runAsRoot == null then "root-tree" else "run-as-root";
    spec = {
      inherit
        trees
        dirlinks
        owner
        mtime
        extraCommands
        ;
      shell = "${buildPkgs.bash}/bin/bash";
    }
    // (
      if runAsRoot == null then
        {
          inherit fakeRootCommands enableFakechroot debug;
          onBase = base != null;
        }
      else
        {
          inherit runAsRoot architecture;
          base = if base == null then null else "${base}";
        }
    );
    tools =
      stdenvTools
      ++ [ buildPkgs.util-linux ] # namespaces
      ++ (if changesRoot || fakeRootCommands != "" then [ buildPkgs.fakeroot ] else [ ]);
  };
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
