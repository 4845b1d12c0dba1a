# What a function that builds an image gives its caller: the file, and passthru's ways to the same image (API.md).
{ stream }:
{
  file, # the docker-archive's derivation
  recipe,
  imageName,
  baseName,
  tag,
  buildArgs,
  meta,
  passthru,
}:
let
  # Like dockerTools: no tag = the hash part of the output's store path.
  hashPart = builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext file.outPath));
  imageTag = if tag == null then hashPart else tag;
  attributes = {
    inherit imageName imageTag buildArgs;
    layer = recipe;
    recipe = recipe // {
      inherit recipe; # a recipe can be a `fromImage` too
    };
    archive = file;
    stream = stream {
      name = "stream-${baseName}";
      inherit recipe;
      tag = imageTag;
    };
  }
  // passthru;
in
file
// attributes
// {
  inherit meta;
  passthru = attributes;
}
