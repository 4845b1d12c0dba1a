# exportImage: the root file system of an image's containers -> one plain tar (API.md), as `docker import` takes it.
{
  buildPkgs,
  runStep,
  baseImage,
}:
let
  # The name of a file, without the hash of a store path.
  fileName =
    path:
    let
      name = builtins.unsafeDiscardStringContext (baseNameOf path);
      inStore = builtins.match "[0-9a-z]{32}-(.+)" name;
    in
    if inStore == null then name else builtins.head inStore;
in
{
  fromImage,
  name ? fromImage.name or (fileName fromImage),
  fromImageName ? null,
  fromImageTag ? null,
  diskSize ? 1024, # of dockerTools' VM: there is none here
}:
runStep {
  inherit name;
  step = "export-image";
  spec.recipe = "${baseImage {
    baseName = name;
    inherit fromImage fromImageName fromImageTag;
  }}";
  tools = [ buildPkgs.zstd ];
}
