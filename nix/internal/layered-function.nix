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
      contents ? [ ],
      mtime ? "1970-01-01T00:00:01Z",
      maxLayers ? 100,
      layerHints ? { },
      layeringPipeline ? null,
      fakeRootCommands ? "",
      enableFakechroot ? false,
      includeStorePaths ? true,
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
