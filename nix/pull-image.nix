# pullImage: an image of a registry, pinned -> a docker-archive file that is a `fromImage` too.
# Pinned by the digest and the hash of the archive that skopeo makes, or by a lock file (locked-image.nix).
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
  fail = what: (errors function).fail "authFile ${what}";
  store = "${builtins.storeDir}/";
  # In the store everybody could read it.
  checkedAuthFile =
    authFile:
    if authFile == null then
      null
    else if !builtins.isString authFile then
      fail "is a ${builtins.typeOf authFile}, which would be copied into the store where everybody can read it: write it as a string"
    else if builtins.hasContext authFile || lib.hasPrefix store authFile then
      fail "is in the store, where everybody can read it: keep it outside, write its path as a string, \"/etc/nix/auth.json\", and log in anew"
    else
      authFile;
  pull =
    {
      authFile ? null,
      tlsVerify ? true,
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
