# What a function returns for a recipe, of an image or of an index: the derivation that it promises, with the ways to
# move what the recipe describes, and with `meta` and `passthru` as nixpkgs' derivations have them.
{ ociLayout, copyCommands }:
{
  file, # the derivation
  image, # recipe, imageName and baseName
  tag,
  attributes, # what all results have -> what this one has
  meta,
  passthru,
}:
let
  inherit (image) recipe imageName baseName;
  # Like dockerTools: no tag = the hash part of the output's store path.
  hashPart = builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext "${file}"));
  imageTag = if tag == null then hashPart else tag;
  all = {
    inherit imageName imageTag recipe;
    ociLayout = ociLayout {
      name = baseName;
      inherit recipe;
      tag = imageTag;
    };
  }
  // copyCommands {
    inherit baseName recipe;
    tag = imageTag;
  };
  given = attributes all // passthru;
in
file
// given
// {
  meta = file.meta or { } // meta;
  passthru = given;
}
