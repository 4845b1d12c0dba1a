# pullImage: an image of a registry, pinned -> a docker-archive file that is a `fromImage` too (API.md).
# Pinned either by the digest and the hash of the archive, or by a lock file, see locked-image.nix.
{
  pkgs,
  buildPkgs,
  runStep,
  fixedOutput,
  imageName,
  baseImage,
  imageResult,
}:
let
  inherit (pkgs.stdenv.hostPlatform.go) GOARCH;
  source = imageName;
  fail = what: throw "nixdock: pullImage: ${what}";
in
args@{
  imageName,
  imageDigest,
  sha256 ? "",
  hash ? "",
  os ? "linux",
  arch ? GOARCH,
  finalImageName ? imageName,
  finalImageTag ? "latest",
  tlsVerify ? true,
  authFile ? null,
  name ? builtins.replaceStrings [ "/" ":" ] [ "-" "-" ] "docker-image-${finalImageName}-${finalImageTag}.tar",
  meta ? { },
  passthru ? { },
}:
let
  checked = source {
    function = "pullImage";
    name = finalImageName;
    tag = finalImageTag;
  };
  repoTag = "${checked.imageName}:${finalImageTag}";
  file = runStep {
    inherit name;
    step = "pull-image";
    spec = {
      inherit imageName os arch tlsVerify repoTag;
      imageDigest =
        if builtins.match "sha256:[0-9a-f]{64}" imageDigest == null then
          fail "imageDigest \"${imageDigest}\" is no digest: sha256: and 64 hexadecimal digits, as nix-prefetch-docker prints it"
        else
          imageDigest;
      tag = finalImageTag;
      authFile =
        if builtins.isPath authFile then
          fail "authFile is a path, which would be copied into the store where everybody can read it: write it as a string"
        else
          authFile;
      caBundle = "${buildPkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
    };
    tools = [ buildPkgs.skopeo ];
    fetches = fixedOutput {
      hash =
        if hash != "" && sha256 != "" then
          fail "both `hash` and `sha256` are given: keep one"
        else if hash != "" then
          hash
        else
          sha256;
    };
  };
in
imageResult {
  inherit file meta;
  image = {
    inherit (checked) imageName baseName;
    recipe = baseImage {
      inherit (checked) baseName;
      fromImage = file;
    };
  };
  tag = finalImageTag;
  buildArgs = args;
  passthru = {
    inherit imageDigest;
    destNameTag = repoTag;
  }
  // passthru;
}
