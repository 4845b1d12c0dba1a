# buildIndex: images for several platforms under one name, from which a client takes the one that fits.
# The result holds the images' recipes alone; archives have no place for more than one platform, so it has none.
{
  errors,
  imageName,
  recipeResult,
  runStep,
  shown,
  userFunction,
}:
let
  function = "buildIndex";
  inherit (errors function) fail;
in
userFunction function (
  {
    name,
    tag ? null,
    images, # of nixdock, each for another platform
    meta ? { },
    passthru ? { },
  }@args:
  let
    checked = imageName { inherit function name tag; };
    inherit (checked) baseName;
    recipeOf =
      image:
      if image ? recipe then
        "${image.recipe}"
      else
        fail "images has ${shown image}, which has no recipe: give it to buildImage as fromImage";
    index =
      result:
      if !builtins.isList images then
        fail "images is a ${builtins.typeOf images}, not a list: write images = [ image1 image2 ]"
      else
        runStep {
          inherit result;
          name = "${baseName}-index";
          step = "image-index";
          spec = {
            name = checked.imageName;
            inherit tag;
            recipes = map recipeOf images;
          };
        };
  in
  recipeResult {
    inherit tag;
    arguments = args;
    image = recipe: {
      inherit (checked) imageName baseName;
      inherit recipe;
    };
    file = index;
    # These hold images of one platform.
    attributes =
      _: all:
      removeAttrs all [
        "copyToContainerd"
        "copyToDockerDaemon"
        "copyToPodman"
      ];
  }
)
