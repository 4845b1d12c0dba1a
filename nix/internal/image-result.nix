# What a function that builds an image gives its caller: the file, and passthru's ways to the same image.
{
  archive,
  imageTests,
  provenance,
  recipeResult,
  runnableFile,
  sbom,
  stream,
}:
{
  image, # the final derivation -> an image as new-image.nix has it
  file, # `result` of run-step.nix -> the derivation that the function promises: an archive, or a program that streams one
  tag,
  arguments, # what the function was given
  passthru ? { },
}:
recipeResult {
  inherit
    image
    file
    tag
    arguments
    passthru
    ;
  documents = image: {
    sbom = sbom image;
    provenance = provenance image;
  };
  attributes =
    {
      recipe,
      baseName,
      layerCompression ? "none",
      ...
    }:
    all@{ imageName, imageTag, ... }:
    all
    // {
      tests = imageTests (all // { inherit baseName; }) // arguments.passthru.tests or { };
      buildArgs = arguments;
      layers = arguments.layers or [ ]; # those of buildLayer in it
      layer = recipe;
      recipe = recipe // {
        inherit recipe; # a recipe can be a `fromImage` too
      };
      stream = stream {
        name = "stream-${baseName}";
        inherit recipe layerCompression;
        tag = imageTag;
        # As streamLayeredImage's result: a `fromImage`, too.
        result.passthru = _: {
          inherit recipe imageName imageTag;
          isExe = true;
        };
      };
      # dockerTools' words for what a stream is made of: `streamScript conf` writes it.
      conf = recipe // {
        inherit imageName imageTag;
      };
      streamScript = runnableFile {
        name = "stream-script";
        arguments = [
          "stream"
          "--tag"
          imageTag
        ];
      };
      archive = archive {
        function = "archive";
        name = baseName;
        inherit recipe layerCompression;
        tag = imageTag;
        compressor = "none";
      };
    };
}
