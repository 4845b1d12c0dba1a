# The recipe of an image that has something new in it: the derivations that all functions which make one share.
{
  pkgs,
  runStep,
  imageName,
  imageConfig,
  baseImage,
  rootTree,
  closureRoots,
  nixDatabase,
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
  created,
  mtime,
  owner,
}:
let
  checked = imageName { inherit function name tag; };
  inherit (checked) baseName;
  toList = value: if value == null then [ ] else if builtins.isList value then value else [ value ];

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
      trees = map (tree: "${tree}") (toList trees);
    }
  );
  configFiles = imageConfig { inherit function baseName config; };
  base = baseImage {
    inherit
      baseName
      fromImage
      fromImageName
      fromImageTag
      ;
  };
  closure =
    if includeStorePaths then
      closureRoots (atRoot.root ++ configFiles) ++ builtins.concatMap (layer: layer.closureRoots) layers
    else
      [ ];
  content = {
    inherit (atRoot) root dirlinks;
    inherit owner mtime;
    base = if base == null then null else "${base}";
    config = if configFiles == [ ] then null else builtins.head configFiles;
  };

  database =
    if !includeNixDB then
      [ ]
    else if !includeStorePaths then
      throw "nixdock: ${function}: includeNixDB with includeStorePaths = false: a database of paths that the image lacks; leave out one of them"
    else
      [ "${nixDatabase { inherit baseName content closure; }}" ];
  # What the user has at its place wins: of links the first tree does, of files the last.
  withDatabase = if atRoot.dirlinks == "link" then atRoot.root ++ database else database ++ atRoot.root;
in
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
          architecture
          created
          inheritConfig
          perms
          ;
        layers = map (layer: "${layer}") layers;
        os = "linux";
        createdBy = "nixdock ${function}";
      };
    closures = { inherit closure; };
  };
}
