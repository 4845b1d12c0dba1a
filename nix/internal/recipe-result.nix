# What a function returns for a recipe, of an image or of an index: the derivation that it promises, with the ways to
# move what the recipe describes, and with `meta` and `passthru` as nixpkgs' derivations have them.
{ ociLayout, copyCommands }:
{
  file, # `result` of run-step.nix -> the derivation
  image, # the final derivation -> recipe, imageName and baseName
  tag,
  documents ? (_: { }), # recipe, imageName, baseName and tag -> what can be attached to it in a registry, by name
  attributes, # image, what all results have -> what this one has
  arguments, # what the function was given
  passthru ? { },
}:
let
  all =
    package:
    let
      made = image package;
      inherit (made) recipe imageName baseName;
      layerCompression = made.layerCompression or "none"; # an image of a registry has its own
      # Like dockerTools: no tag = the hash part of the output's store path.
      hashPart = builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext "${package}"));
      imageTag = if tag == null then hashPart else tag;
      attachable = documents {
        inherit recipe imageName baseName;
        tag = imageTag;
      };
    in
    attachable
    // {
      inherit imageName imageTag recipe;
      ociLayout = ociLayout {
        name = baseName;
        inherit recipe;
        tag = imageTag;
      };
    }
    // copyCommands {
      inherit baseName recipe layerCompression attachable;
      tag = imageTag;
    };
in
file {
  meta = arguments.meta or { };
  position = builtins.unsafeGetAttrPos (if arguments ? name then "name" else "imageName") arguments;
  passthru =
    package:
    let
      own = attributes (image package) (all package);
    in
    own // passthru // arguments.passthru or { } // builtins.intersectAttrs { tests = true; } own; # with the user's
}
