/**
  Build an image of one new layer, on a base or alone: a docker-archive file for `docker load`.

  Everything is in that layer: `copyToRoot`, what the scripts make of it, and the closure of all that these and `config`
  mention, without what the base holds. With `maxLayers` the store paths have layers of their own.

  # Type

  ```
  buildImage :: { name, … } -> derivation (image)
  ```

  # Example

  ```nix
  buildImage {
    name = "hello";
    tag = "latest";
    copyToRoot = pkgs.buildEnv {
      name = "root";
      paths = [ pkgs.hello ];
      pathsToLink = [ "/bin" ];
    };
    config.Cmd = [ "/bin/hello" ];
  }
  ```
*/
{
  archive,
  buildImage,
  errors,
  hintsOf,
  imageArguments,
  imageFunction,
  imageResult,
  newImage,
  wellTyped,
}:
let
  function = "buildImage";
  inherit (errors function) fail warn;
  types = {
    keepContentsDirlinks = [ "bool" ];
    fromImageName = [
      "string"
      "null"
    ];
    fromImageTag = types.fromImageName;
    runAsRoot = imageArguments.extraCommands.types;
  };

  # As in dockerTools, the derivation has an attribute `fromImage`: whoever exchanges it has the image on another base.
  onBaseOf =
    given: package:
    let
      fromImage = given.fromImage or null;
    in
    package
    // {
      inherit fromImage;
      overrideAttrs =
        change:
        let
          changed = package.overrideAttrs change;
          base = changed.drvAttrs.fromImage or fromImage;
        in
        if base == fromImage then
          onBaseOf given changed
        else
          (buildImage (given // { fromImage = base; })).overrideAttrs change;
    };
in
imageFunction function (
  image:
  {
    /** null or string: the name of the image that `fromImage` is, where that is an archive of several. */
    fromImageName ? null,
    /** null or string: the tag of that image. */
    fromImageTag ? null,
    /**
      null, path or list of paths: trees that are copied to `/`, as files. Of files of one name the last wins; a file
      against a directory is an error. Directories of several trees are joined.
    */
    copyToRoot ? null,
    /** null, path or list of paths: the old name of `copyToRoot`, with a warning. */
    contents ? null,
    /**
      bool: keep symlinks to directories in `copyToRoot`, and write through them what other trees have there. Otherwise
      such a symlink becomes the directory.
    */
    keepContentsDirlinks ? false,
    /**
      null or bash script: run as root in a namespace where the base with the new tree is `/`, with `/nix/store`,
      `/proc` and coreutils in `PATH`. What it deletes of the base is deleted in the image. No VM and no KVM are needed.
    */
    runAsRoot ? null,
    /**
      int: 1 makes one new layer; more has store paths in layers of their own, and is the most that the image may have,
      as in `buildLayeredImage`.
    */
    maxLayers ? 1,
    /** set: `often`, `together`, `apart`, as in `buildLayeredImage`. */
    layerHints ? { },
    /** string: how the archive is compressed: `"gz"` (or `"gzip"`), `"zstd"` or `"none"`, which is the default with `layerCompression`. */
    compressor ? "gz",
    /** int: accepted as dockerTools has it, and unused: there is no VM. */
    diskSize ? 1024,
    /** int: likewise. */
    buildVMMemorySize ? 512,
    ...
  }@given:
  let
    made = newImage (
      image
      // {
        inherit fromImageName fromImageTag;
        step = "single-layer-image";
        layering = {
          inherit maxLayers;
          hints = hintsOf function layerHints;
        };
        trees =
          if contents == null then
            copyToRoot
          else if copyToRoot == null then
            warn "`contents` is the old name of `copyToRoot`: rename it" contents
          else
            fail "both `contents` and `copyToRoot` are given: keep `copyToRoot`, the other is its old name";
        # A link to a directory would hide the directory of that name which a base has, or a runtime makes (/etc).
        dirlinks = if keepContentsDirlinks then "keep" else "expand";
        scripts = { inherit runAsRoot; };
        mtime = "1970-01-01T00:00:01Z";
      }
    );
  in
  assert wellTyped function types given;
  onBaseOf given (imageResult {
    inherit (image) tag;
    image = _: made;
    arguments = given;
    file =
      result:
      archive (
        {
          inherit function result;
          inherit (image) tag;
          inherit (made) recipe layerCompression;
          name = "docker-image-${made.baseName}";
        }
        // builtins.intersectAttrs { compressor = true; } given
      );
  })
)
