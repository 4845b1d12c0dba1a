/**
  Write the root file system of an image's containers as one plain tar, as `docker import` takes it: deletions are
  applied, owners, modes and extended attributes kept. No VM is needed.

  # Type

  ```
  exportImage :: { fromImage, … } -> derivation (tar)
  ```

  # Example

  ```nix
  exportImage { fromImage = pullImage { lock = ./base.lock.json; }; }
  ```
*/
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
    /** image or path: the image, in any form that `fromImage` of `buildImage` has. */
    fromImage,
    /** string: the file's name. By default that of `fromImage`. */
    name ? fromImage.name or (fileName (foreignImage function "fromImage is" fromImage)),
    /** null or string: the name of the image, where `fromImage` is an archive of several. */
    fromImageName ? null,
    /** null or string: the tag of that image. */
    fromImageTag ? null,
    /** int: accepted as dockerTools has it, and unused: there is no VM. */
    diskSize ? 1024,
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
