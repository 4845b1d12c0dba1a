# mergeImages: several images -> one docker-archive that holds all of them, each under its names.
# Of images of ours only the recipes are needed: none of their own archives is built, or unpacked.
# dockerTools has the list alone; here it may be { images, layerCompression ? "none" }, too.
{
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
      images,
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
          compressor = if layerCompression == "none" then "gz" else "none";
        };
        result.passthru = _: { mergedImages = merged; };
      }
  );
in
argument: merge (if argument ? images then argument else { images = argument; })
