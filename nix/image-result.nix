# What a function that builds an image gives its caller: the file, and passthru's ways to the same image (API.md).
{
  stream,
  archive,
  ociLayout,
  copyCommands,
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
  inherit (image) recipe imageName baseName;
  # Like dockerTools: no tag = the hash part of the output's store path.
  hashPart = builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext file.outPath));
  imageTag = if tag == null then hashPart else tag;
  attributes = {
    inherit imageName imageTag buildArgs;
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
    ociLayout = ociLayout {
      name = baseName;
      inherit recipe;
      tag = imageTag;
    };
  }
  // copyCommands {
    inherit baseName recipe;
    tag = imageTag;
  }
  // passthru;
in
file
// attributes
// {
  meta = file.meta or { } // meta;
  passthru = attributes;
}
