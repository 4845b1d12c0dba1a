# mergeImages: several images -> one docker-archive that holds all of them, each under its names.
# Of images of ours only the recipes are needed: none of their own archives is built, or unpacked.
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
