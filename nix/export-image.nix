# exportImage: the root file system of an image's containers -> one plain tar, as `docker import` takes it.
{
  baseImage,
  foreignImage,
  runStep,
  userFunction,
  wellTyped,
}:
let
  function = "exportImage";
  # The name of a file in the store, without its hash.
  fileName =
    path:
    let
      name = builtins.unsafeDiscardStringContext (baseNameOf path);
      topLevel = builtins.match "[0-9a-z]{32}-(.+)" name;
    in
    if topLevel == null then name else builtins.head topLevel;
in
userFunction function (
  args@{
    fromImage,
    name ? fromImage.name or (fileName (foreignImage function "fromImage is" fromImage)),
    fromImageName ? null,
    fromImageTag ? null,
    diskSize ? 1024, # of dockerTools' VM: there is none here
  }:
  assert wellTyped function { name = [ "string" ]; } args;
  runStep {
    inherit name;
    step = "export-image";
    spec.recipe = "${baseImage {
      baseName = name;
      inherit
        function
        fromImage
        fromImageName
        fromImageTag
        ;
    }}";
  }
)
