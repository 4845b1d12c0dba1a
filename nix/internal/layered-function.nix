# A function that makes images of many layers: store paths, planned by what will be pulled again, and last the
# customisation layer with links to `contents` and what the scripts made.
# f: the image as new-image.nix makes it -> given -> result, as image-function.nix has it.
{
  lib,
  imageArguments,
  imageFunction,
  hintsOf,
  newImage,
  storeString,
  wellTyped,
}:
function: f:
let
  layered =
    image:
    {
      /**
        path or list of paths: trees that are joined at `/`, as symlinks into the store. Where several have a file of
        one name, the first wins.
      */
      contents ? [ ],
      /** string or null: the time of the files in the layers, in the forms that `created` takes. */
      mtime ? "1970-01-01T00:00:01Z",
      /**
        int: the most layers that the image may have; those of the base and the customisation layer count. What has no
        layer of its own shares one.
      */
      maxLayers ? 100,
      /**
        set: what the graph does not tell, each optional: `often = [ pkgs… ]` change as often as the application;
        `together = [ [ pkgs… ] ]`: each list is in one layer; `apart = [ pkgs… ]` are each in a layer of their own. What
        is not in the image counts for nothing, and is not built.
      */
      layerHints ? { },
      /**
        null, list or JSON file: operations that decide which store paths share a layer, in the words of nixpkgs'
        pipelines: `[ [ "popularity_contest" ] [ "limit_layers" 50 ] ]`. Then `maxLayers` and `layerHints` do not
        count.
      */
      layeringPipeline ? null,
      /**
        bash script: run after `extraCommands` under fakeroot, where it takes itself for root, in the directory that
        becomes `/`. Owners, modes and devices that it makes are those of the layer. Names of users and groups
        (`chown app`) are those of that directory's `etc/passwd` and `etc/group`, declared ones among them, as they are
        when it starts. Store paths that its result mentions are in the image.
      */
      fakeRootCommands ? "",
      /** bool: run `fakeRootCommands` with the image's tree as `/`, and the store visible in it. */
      enableFakechroot ? false,
      /** bool: false leaves all store paths out, for images that get the store as a volume. */
      includeStorePaths ? true,
      /** bool: print each command that `extraCommands` and `fakeRootCommands` run. */
      debug ? false,
      ...
    }@given:
    assert wellTyped function {
      enableFakechroot = [ "bool" ];
      includeStorePaths = [ "bool" ];
      fakeRootCommands = imageArguments.extraCommands.types;
    } given;
    newImage (
      image
      // {
        inherit includeStorePaths mtime;
        step = "layered-image";
        layering = {
          inherit maxLayers;
          hints = hintsOf function layerHints;
          # Operations, or the JSON file that holds them.
          pipeline =
            if layeringPipeline == null || builtins.isList layeringPipeline then
              layeringPipeline
            else
              storeString {
                inherit function;
                subject = "layeringPipeline is";
                remedy = "write a list of operations, or give a JSON file as a path without quotes or as a derivation";
              } layeringPipeline;
        };
        trees = contents;
        dirlinks = "link";
        scripts = { inherit fakeRootCommands enableFakechroot debug; };
      }
    );
in
imageFunction function (
  image:
  lib.setFunctionArgs (given: f (layered image given) given) (lib.functionArgs (layered image) // lib.functionArgs (f { }))
)
