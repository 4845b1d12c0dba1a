# The recipe of an image that has something new in it: the derivations that all functions which make one share.
{
  baseImage,
  checkedCompression,
  checkedLayers,
  closureRoots,
  declaredConfig,
  declaredContent,
  declaredPrograms,
  declaredTree,
  goWord,
  imageConfig,
  imageName,
  imageSbom,
  nixDatabase,
  rootTree,
  runStep,
  storeStrings,
}:
{
  function, # who asks, for errors and for the history
  step, # how the layers are made
  layering ? { }, # the step's own arguments
  fromImageName ? null,
  fromImageTag ? null,
  trees, # what goes to `/`: null, one or a list
  dirlinks,
  scripts, # arguments of root-tree.nix
  includeStorePaths ? true,
  mtime,
  foreignProgramsAllowed,
  # The common arguments, of image-arguments.nix.
  name,
  tag,
  fromImage,
  inheritConfig,
  config,
  layers,
  perms,
  extraCommands,
  includeNixDB,
  created,
  uid,
  gid,
  uname,
  gname,
  architecture,
  checkArchitecture,
  sbomInImage,
  layerCompression, # of what is made of the recipe
  ... # what users declare, for declared-content.nix and declared-config.nix
}@image:
let
  owner = {
    inherit
      uid
      gid
      uname
      gname
      ;
  };
  goArch = goWord function "architecture" architecture;
  checked = imageName { inherit function name tag; };
  inherit (checked) baseName;
  sharedLayers = checkedLayers function layers;

  # What the user declared wins over the trees: of links the first tree does, of files the last.
  rootTrees = if dirlinks == "link" then declaredTrees ++ givenTrees else givenTrees ++ declaredTrees;
  givenTrees = storeStrings function (if dirlinks == "link" then "contents" else "copyToRoot") trees;
  declaredTrees = declaredTree {
    inherit
      baseName
      base
      declared
      perms
      dirlinks
      owner
      mtime
      ;
    trees = givenTrees;
    layers = sharedLayers;
  };
  declared = declaredContent (
    image
    // {
      inherit (atRoot) isScripted;
      hasFiles = base != null || givenTrees != [ ] || sharedLayers != [ ];
    }
  );
  additions = declaredConfig (image // { inherit baseName; });
  atRoot = rootTree (
    scripts
    // {
      inherit
        baseName
        base
        dirlinks
        extraCommands
        owner
        mtime
        ;
      architecture = goArch;
      trees = rootTrees;
      database = if includeNixDB then foundDatabase else null;
    }
  );
  configFiles = imageConfig {
    inherit function baseName;
    inherit (additions) config;
  };
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
  # For its bill of materials: what the expressions know of it, and the trees whose content is at `/`, and maybe nowhere
  # else, each with the root of a layer that has it. These are no part of the derivation.
  madeOf = {
    values = [
      trees
      config
      fromImage
      layers
    ];
    copied =
      map (tree: {
        inherit tree;
        root = if atRoot.isScripted then builtins.head atRoot.root else tree;
      }) (if dirlinks == "link" then [ ] else rootTrees)
      ++ builtins.concatMap (layer: layer.madeOf.copied) sharedLayers
      ++ base.madeOf.copied or [ ];
    closure = held;
  };
  held = if includeStorePaths then closure else [ ];
  heldSbom = "${
    imageSbom {
      inherit (checked) imageName baseName;
      inherit
        tag
        content
        madeOf
        ;
      closure = held;
    }
  }";
  added = (if includeNixDB then [ database ] else [ ]) ++ (if sbomInImage then [ heldSbom ] else [ ]);
  # What the user has at its place wins: of links the first tree does, of files the last. After scripts the database is
  # what they left of it already.
  root = if atRoot.isScripted || atRoot.dirlinks == "link" then atRoot.root ++ added else added ++ atRoot.root;
in
{
  inherit (checked) imageName baseName;
  layerCompression = checkedCompression function layerCompression;
  recipe = runStep {
    name = "${baseName}-recipe";
    inherit step;
    spec =
      layering
      // content
      // {
        inherit root;
        name = checked.imageName;
        inherit
          tag
          created
          inheritConfig
          perms
          ;
        layers = map (layer: "${layer}") sharedLayers;
        inherit (additions)
          annotations
          defaultEnv
          defaults
          prefixesEntrypoint
          ;
        architecture = goArch;
        os = "linux";
        inherit foreignProgramsAllowed;
        programs =
          if checkArchitecture then
            givenTrees ++ declaredPrograms declared ++ builtins.concatMap (layer: layer.trees) sharedLayers
          else
            null;
        createdBy = "nixdock ${function}";
      };
    closures.closure = held;
    result.passthru = _: { inherit madeOf; };
  };
}
