/**
  Put images for several platforms under one name, from which a client takes the one that fits. The result holds their
  recipes, to serve, copy to a registry or lay out; there is no archive, which would have no place for several
  platforms.

  # Type

  ```
  buildIndex :: { name, images, … } -> derivation (index)
  ```

  # Example

  ```nix
  buildIndex {
    name = "app";
    tag = "1";
    images = map (set: (nixdock.lib.mkLib set).buildImage { name = "app"; copyToRoot = set.hello; }) [
      pkgs
      pkgs.pkgsCross.aarch64-multiplatform
    ];
  }
  ```
*/
{
  checkedCompression,
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
    /** string: the name under which clients find the images. */
    name,
    /** null or string: the tag, as `buildImage` has it. */
    tag ? null,
    /** list of images: images of nixdock, each for another platform. */
    images,
    /** string: how layers are compressed where the images are served: `"none"`, `"gzip"` or `"zstd"`. */
    layerCompression ? "none",
    /** set: `meta` of the result. */
    meta ? { },
    /** set: further attributes of the result. */
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
      assert checkedCompression function layerCompression == layerCompression;
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
      inherit recipe layerCompression;
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
