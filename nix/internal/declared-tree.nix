# The root tar of what users declare; a list for `root`: empty where they declare nothing.
{ runStep }:
{
  baseName,
  declared, # result of declared-content.nix
  trees,
  perms,
  dirlinks,
  owner,
  mtime,
  base, # recipe, or null
  layers, # of buildLayer, above the base
}:
if declared == null then
  [ ]
else
  [
    "${runStep {
      name = "${baseName}-declared.tar";
      step = "declared-tree";
      spec = {
        inherit
          declared
          trees
          perms
          dirlinks
          owner
          mtime
          ;
        base = if base == null then null else "${base}";
        layers = map (layer: "${layer}") layers;
      };
    }}"
  ]
