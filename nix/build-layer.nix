/**
  Make layers that several images share, for `layers` of any image. They are hashed once: an image that has them does
  not hash them again, whatever else in it changes. nix2container has a function of this name with the same arguments.

  # Type

  ```
  buildLayer :: { … } -> derivation (layer)
  ```

  # Example

  ```nix
  buildImage {
    name = "app";
    layers = [ (buildLayer { deps = [ pkgs.bash pkgs.coreutils ]; }) ];
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  }
  ```
*/
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
    /** list of paths: packages whose closures the layer holds. */
    deps ? [ ],
    /** null, path or list of paths: trees that are copied to `/`, as files. */
    copyToRoot ? null,
    /** list of layers: other results of `buildLayer`. They come along, and what they hold is not repeated. */
    layers ? [ ],
    /** list of sets: modes and owners, as `buildImage` has them. */
    perms ? [ ],
    /** int: into how many layers the store paths are divided at most. */
    maxLayers ? 1,
    /** set: `often`, `together`, `apart`, as in `buildLayeredImage`. */
    layerHints ? { },
    /**
      bool: false keeps the layer's tar in the store, for dependencies whose build does not always give the same bytes.
    */
    reproducible ? true,
    /** null or path: a store path that is left out, for instance a configuration file that changes often. */
    ignore ? null,
    /** set: `created_by`, `author` and `comment` of the layer in the image's history. */
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
      madeOf = {
        values = [
          deps
          copyToRoot
          layers
        ];
        copied = map (tree: {
          inherit tree;
          root = tree;
        }) root ++ builtins.concatMap (layer: layer.madeOf.copied) nested;
      };
      trees = root ++ builtins.concatMap (layer: layer.trees) nested;
    };
  }
)
