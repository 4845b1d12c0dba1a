# What goes to `/`, as a layer takes it (`root` and `dirlinks` of its source): the trees themselves, or what the user's
# scripts make of them, as a tar, because the store would lose modes and owners.
{
  stdenvNoCC,
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
  database, # what scripts find of it, or null
  runAsRoot ? null,
  extraCommands,
  fakeRootCommands ? "",
  enableFakechroot ? false,
  debug ? false,
}:
let
  code = script: if script == null then "" else script;
  # Small package sets lack some of it.
  given = builtins.filter (tool: tool != null) [
    (buildPkgs.rsync or null)
    (buildPkgs.hostname or buildPkgs.unixtools.hostname or null)
  ];
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
        database
        ;
      extraCommands = code extraCommands;
      shell = "${buildPkgs.bash}/bin/bash";
    }
    // (
      if runAsRoot == null then
        {
          inherit enableFakechroot debug;
          fakeRootCommands = code fakeRootCommands;
          stdenv = "${stdenvNoCC}"; # what a script finds under nixpkgs' dockerTools
          onBase = base != null;
        }
      else
        {
          inherit runAsRoot architecture;
          base = if base == null then null else "${base}";
        }
    );
    tools =
      stdenvNoCC.initialPath
      ++ given
      ++ [ buildPkgs.util-linux ] # namespaces
      ++ (if changesRoot || code fakeRootCommands != "" then [ buildPkgs.fakeroot ] else [ ]);
  };
in
if runAsRoot == null && code extraCommands == "" && code fakeRootCommands == "" then
  {
    root = trees;
    inherit dirlinks;
    isScripted = false;
  }
else
  {
    root = [ "${scripted}" ];
    dirlinks = "conflict"; # there is but one tree now
    isScripted = true;
  }
