# buildLayer: store paths and trees as layers of their own, for `layers` of any image (nix2container's buildLayer).
# It is hashed once: an image that has it does not hash it again, whatever else in the image changes.
{
  checkedLayers,
  closureRoots,
  hintsOf,
  runStep,
  storeString,
  storeStrings,
  userFunction,
}:
let
  function = "buildLayer";
in
userFunction function (
  {
    deps ? [ ],
    copyToRoot ? null,
    layers ? [ ], # what they hold is not repeated; they come along
    perms ? [ ],
    maxLayers ? 1,
    layerHints ? { },
    reproducible ? true,
    ignore ? null,
    metadata ? { },
  }:
  let
    root = storeStrings function "copyToRoot" copyToRoot;
    nested = checkedLayers function layers;
    roots =
      closureRoots (storeStrings function "deps" deps ++ root)
      ++ builtins.concatMap (layer: layer.closureRoots) nested;
  in
  runStep {
    name = "layer";
    step = "layer";
    spec = {
      inherit
        root
        perms
        maxLayers
        reproducible
        metadata
        ;
      hints = hintsOf function layerHints;
      dirlinks = "conflict";
      config = null;
      layers = map (layer: "${layer}") nested;
      ignore =
        if ignore == null then
          null
        else
          storeString {
            inherit function;
            subject = "ignore is";
          } ignore;
    };
    closures.closure = roots;
    result.passthru = _: {
      closureRoots = roots;
      trees = root ++ builtins.concatMap (layer: layer.trees) nested;
    };
  }
)
