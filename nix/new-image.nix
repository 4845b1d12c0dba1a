# The recipe of an image that has something new in it: the derivations that all functions which make one share.
{
  pkgs,
  runStep,
  imageName,
  imageConfig,
  baseImage,
  rootTree,
  closureRoots,
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
in
{
  inherit (checked) imageName baseName;
  recipe = runStep {
    name = "${baseName}-recipe";
    inherit step;
    spec = layering // {
      name = checked.imageName;
      inherit
        tag
        architecture
        created
        mtime
        owner
        inheritConfig
        ;
      inherit (atRoot) root dirlinks;
      os = "linux";
      base = if base == null then null else "${base}";
      config = if configFiles == [ ] then null else builtins.head configFiles;
      createdBy = "nixdock ${function}";
    };
    closures.closure = if includeStorePaths then closureRoots (atRoot.root ++ configFiles) else [ ];
  };
}
