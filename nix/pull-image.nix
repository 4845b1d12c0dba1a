/**
  Fetch an image from a registry, as a docker-archive that is a `fromImage`, too. It is pinned by a lock file, or by the
  digest of its manifest and the hash of the archive that skopeo makes of it, both as `nix-prefetch-docker` prints them.

  # Type

  ```
  pullImage :: { lock, … } -> derivation (image)
  pullImage :: { imageName, imageDigest, hash, … } -> derivation (image)
  ```

  # Example

  ```nix
  pullImage { lock = ./base.lock.json; }
  # nixdock lock registry.example/library/base:12 > base.lock.json
  ```
*/
{
  lib,
  buildPkgs,
  errors,
  lockedImage,
  pulledImage,
  userFunction,
}:
let
  function = "pullImage";
  inherit (errors function) fail;
  failAuthFile = what: fail "authFile ${what}";
  store = "${builtins.storeDir}/";
  # In the store everybody could read it.
  checkedAuthFile =
    authFile:
    if authFile == null then
      null
    else if !builtins.isString authFile then
      failAuthFile "is a ${builtins.typeOf authFile}, which would be copied into the store where everybody can read it: write it as a string"
    else if builtins.hasContext authFile || lib.hasPrefix store authFile then
      failAuthFile "is in the store, where everybody can read it: keep it outside, write its path as a string, \"/etc/nix/auth.json\", and log in anew"
    else
      authFile;
  pull =
    {
      /**
        null or string: the path of a file with credentials, as `skopeo login --authfile` writes it. It must be outside
        the store, and visible in Nix's sandbox (`extra-sandbox-paths`).
      */
      authFile ? null,
      /** bool: false accepts registries without TLS, or with a certificate that nobody vouches for. */
      tlsVerify ? true,
      /**
        string: how layers are compressed in the archive: `"none"`, or with `"gzip"` or `"zstd"` as the registry has
        them; then the archive is an OCI layout too, with the manifest's digest. Only with `lock`.
      */
      layerCompression ? "none",
      ...
    }@args:
    let
      image = if args ? lock then lockedImage else pulledImage;
      access = {
        inherit tlsVerify;
        authFile = checkedAuthFile authFile;
        caBundle = "${buildPkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
      };
    in
    if args ? layerCompression && !args ? lock then
      fail "layerCompression is for an image with a lock: without one the file is what skopeo makes, which its hash pins"
    else
      image access (
        removeAttrs args [
          "authFile"
          "tlsVerify"
        ]
      );
  ofLock = lib.functionArgs (lockedImage { }) // {
    lock = true; # instead of those that are required without it
  };
in
userFunction function (
  lib.setFunctionArgs pull (ofLock // lib.functionArgs (pulledImage { }) // lib.functionArgs pull)
)
