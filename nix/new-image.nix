# The recipe of an image that has something new in it: the derivations that all functions which make one share.
{
  runStep,
  wellTyped,
  imageName,
  imageConfig,
  baseImage,
  rootTree,
  storeStrings,
  checkedLayers,
  closureRoots,
  nixDatabase,
  goWord,
}:
{
  function, # who asks, for errors and for the history
  step, # how the layers are made
  layering ? { }, # the step's own arguments
  name,
  tag,
  fromImage,
  fromImageName ? null,
  fromImageTag ? null,
  inheritConfig,
  trees, # what goes to `/`: null, one or a list
  dirlinks,
  scripts, # arguments of root-tree.nix
  includeStorePaths ? true,
  includeNixDB ? false,
  layers ? [ ], # results of build-layer.nix
  perms ? [ ],
  config,
  architecture,
  checkArchitecture,
  foreignProgramsAllowed,
  created,
  mtime,
  owner,
}:
let
  goArch = goWord function "architecture" architecture;
  checked = imageName { inherit function name tag; };
  inherit (checked) baseName;
  sharedLayers = checkedLayers function layers;

  nameOrNone = [
    "string"
    "null"
  ];
  script = [
    "string"
    "path"
    "set" # a package that is a program
  ];
  types = {
    architecture = [ "string" ];
    checkArchitecture = [ "bool" ];
    fromImageName = nameOrNone;
    fromImageTag = nameOrNone;
    runAsRoot = script ++ [ "null" ];
    extraCommands = script;
    fakeRootCommands = script;
  };

  rootTrees = storeStrings function (if dirlinks == "link" then "contents" else "copyToRoot") trees;
  atRoot = rootTree (
    scripts
    // {
      inherit
        baseName
        base
        dirlinks
        owner
        mtime
        ;
      architecture = goArch;
      trees = rootTrees;
      database = if includeNixDB then foundDatabase else null;
    }
  );
  configFiles = imageConfig { inherit function baseName config; };
  base = baseImage {
    inherit
      function
      baseName
      fromImage
      fromImageName
      fromImageTag
      ;
    architecture = goArch;
  };
  # Of all that the image mentions, whether it holds it or not.
  closureWith = root: closureRoots (root ++ configFiles) ++ builtins.concatMap (layer: layer.closureRoots) sharedLayers;
  closure = closureWith atRoot.root;
  contentWith = root: dirlinks: {
    inherit
      root
      dirlinks
      owner
      mtime
      ;
    base = if base == null then null else "${base}";
    config = if configFiles == [ ] then null else builtins.head configFiles;
  };
  content = contentWith atRoot.root atRoot.dirlinks;

  # Without store paths, too: then the database is of those that are mounted into the container.
  # The scripts find one of what is known before them.
  foundDatabase = "${
    nixDatabase {
      inherit baseName;
      content = contentWith rootTrees dirlinks;
      closure = closureWith rootTrees;
    }
  }";
  database = "${
    nixDatabase {
      inherit baseName content closure;
      found = if atRoot.isScripted then foundDatabase else null;
    }
  }";
  # What the user has at its place wins: of links the first tree does, of files the last. After scripts the database is
  # what they left of it already.
  withDatabase =
    if !includeNixDB then
      atRoot.root
    else if atRoot.isScripted || atRoot.dirlinks == "link" then
      atRoot.root ++ [ database ]
    else
      [ database ] ++ atRoot.root;
in
assert wellTyped function types (scripts // { inherit architecture checkArchitecture fromImageName fromImageTag; });
{
  inherit (checked) imageName baseName;
  recipe = runStep {
    name = "${baseName}-recipe";
    inherit step;
    spec =
      layering
      // content
      // {
        root = withDatabase;
        name = checked.imageName;
        inherit
          tag
          created
          inheritConfig
          perms
          ;
        layers = map (layer: "${layer}") sharedLayers;
        architecture = goArch;
        os = "linux";
        inherit foreignProgramsAllowed;
        programs = if checkArchitecture then rootTrees ++ builtins.concatMap (layer: layer.trees) sharedLayers else null;
        createdBy = "nixdock ${function}";
      };
    closures.closure = if includeStorePaths then closure else [ ];
  };
}
