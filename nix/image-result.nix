# What a function that builds an image gives its caller: the file, and passthru's ways to the same image (API.md).
{
  stream,
  archive,
  recipeResult,
}:
{
  image, # of new-image.nix
  file, # the derivation that the function promises: an archive, or a program that streams one
  tag,
  buildArgs,
  meta,
  passthru,
}:
let
  inherit (image) recipe baseName;
in
recipeResult {
  inherit
    image
    file
    tag
    meta
    passthru
    ;
  attributes =
    all@{ imageName, imageTag, ... }:
    all
    // {
      inherit buildArgs;
      layers = buildArgs.layers or [ ]; # those of buildLayer in it
      layer = recipe;
      recipe = recipe // {
        inherit recipe; # a recipe can be a `fromImage` too
      };
      stream =
        stream {
          name = "stream-${baseName}";
          inherit recipe;
          tag = imageTag;
        }
        // {
          inherit recipe imageName imageTag; # as streamLayeredImage's result: a `fromImage`, too
        };
      archive = archive {
        function = "archive";
        name = baseName;
        inherit recipe;
        tag = imageTag;
        compressor = "none";
      };
    };
}
