# buildLayer: store paths and trees as layers of their own, for `layers` of any image (nix2container's buildLayer).
# It is hashed once: an image that has it does not hash it again, whatever else in the image changes.
{ runStep, closureRoots }:
{
  deps ? [ ],
  copyToRoot ? null,
  layers ? [ ], # what they hold is not repeated; they come along
  perms ? [ ],
  maxLayers ? 1,
  reproducible ? true,
  ignore ? null,
  metadata ? { },
}:
let
  toList = value: if value == null then [ ] else if builtins.isList value then value else [ value ];
  root = map (tree: "${tree}") (toList copyToRoot);
  roots =
    closureRoots (map (dep: "${dep}") deps ++ root) ++ builtins.concatMap (layer: layer.closureRoots) layers;
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
    dirlinks = "conflict";
    config = null;
    layers = map (layer: "${layer}") layers;
    ignore = if ignore == null then null else "${ignore}";
  };
  closures.closure = roots;
}
// {
  closureRoots = roots;
}
