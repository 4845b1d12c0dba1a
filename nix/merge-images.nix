/**
  Put several images into one docker-archive, each with its name and tag; equal layers are there once. Images of nixdock
  and archives of other tools may be mixed. Of the images of nixdock no archive is built for it.

  # Type

  ```
  mergeImages :: [ image | path ] -> derivation (archive)
  ```

  # Example

  ```nix
  mergeImages [
    (buildImage { name = "one"; copyToRoot = pkgs.hello; })
    ./another-image.tar.gz
  ]
  ```
*/
{
  lib,
  checkedCompression,
  errors,
  foreignImage,
  goArchitecture,
  knownArguments,
  runStep,
}:
let
  function = "mergeImages";
  inherit (errors function) fail;

  source =
    image:
    if image ? recipe then
      {
        recipe = "${image.recipe}";
        tag = image.imageTag or null;
      }
    else
      { archive = foreignImage function "the list has" image; };

  merge = knownArguments function (
    {
      /** list of images: images of nixdock, and archives and layouts of other tools. The argument may be this list alone. */
      images,
      /** string: how layers are compressed: `"none"`, `"gzip"` or `"zstd"`. */
      layerCompression ? "none",
    }:
    let
      # A merged archive stands for the images it was made of.
      merged = builtins.concatMap (image: image.mergedImages or [ image ]) images;
    in
    if !builtins.isList images then
      fail "the argument is a ${builtins.typeOf images}, not a list: write mergeImages [ image1 image2 ]"
    else if merged == [ ] then
      fail "the list of images is empty: an archive without an image cannot be loaded"
    else
      runStep {
        name = "merge-docker-images";
        step = "merge-images";
        spec = {
          images = map source merged;
          architecture = goArchitecture;
          layerCompression = checkedCompression function layerCompression;
          compressor = if layerCompression == "none" then "gzip" else "none";
        };
        result.passthru = _: { mergedImages = merged; };
      }
  );
in
lib.setFunctionArgs (argument: merge (if argument ? images then argument else { images = argument; })) (
  lib.functionArgs merge
)
