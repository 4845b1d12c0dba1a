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
  errors,
  foreignImage,
  goArchitecture,
  runStep,
}:
images:
let
  function = "mergeImages";
  inherit (errors function) fail;

  # A merged archive stands for the images it was made of.
  merged = builtins.concatMap (image: image.mergedImages or [ image ]) images;

  source =
    image:
    if image ? recipe then
      {
        recipe = "${image.recipe}";
        tag = image.imageTag or null;
      }
    else
      { archive = foreignImage function "the list has" image; };
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
      compressor = "gz";
      layerCompression = "none";
    };
    result.passthru = _: { mergedImages = merged; };
  }
