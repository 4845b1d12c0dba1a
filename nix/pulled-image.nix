# An image of a registry that is pinned by its digest, and by the hash of the docker-archive that skopeo makes of it.
{
  pkgs,
  buildPkgs,
  runStep,
  wellTyped,
  fixedOutput,
  archiveName,
  imageName,
  baseImage,
  imageResult,
  goWord,
}:
let
  inherit (pkgs.stdenv.hostPlatform.go) GOARCH;
  checkName = imageName;
  function = "pullImage";
  fail = what: throw "nixdock: ${function}: ${what}";
  string = [ "string" ];
in
access: # how a step reaches the registry: tlsVerify, authFile, caBundle
args@{
  imageName,
  imageDigest,
  sha256 ? "",
  hash ? "",
  os ? "linux",
  arch ? GOARCH,
  finalImageName ? imageName,
  finalImageTag ? "latest",
  name ? "${archiveName finalImageName finalImageTag}.tar",
  meta ? { },
  passthru ? { },
}:
let
  checked = checkName {
    inherit function;
    name = finalImageName;
    tag = finalImageTag;
  };
  repoTag = "${checked.imageName}:${finalImageTag}";
  file = runStep {
    inherit name;
    step = "pull-image";
    spec = access // {
      inherit
        imageName
        os
        repoTag
        ;
      arch = goWord function "arch" arch;
      imageDigest =
        if builtins.match "sha256:[0-9a-f]{64}" imageDigest == null then
          fail "imageDigest \"${imageDigest}\" is no digest: sha256: and 64 hexadecimal digits, as nix-prefetch-docker prints it"
        else
          imageDigest;
      tag = finalImageTag;
    };
    tools = [ buildPkgs.skopeo ];
    fetches = fixedOutput (
      if hash != "" && sha256 != "" then
        fail "both `hash` and `sha256` are given: keep one"
      else if hash != "" then
        hash
      else
        sha256
    );
  };
in
assert wellTyped function {
  imageName = string;
  imageDigest = string;
  sha256 = string;
  hash = string;
  finalImageName = string;
  finalImageTag = string;
  name = string;
} args;
imageResult {
  inherit file meta;
  image = {
    inherit (checked) imageName baseName;
    recipe = baseImage {
      inherit function;
      inherit (checked) baseName;
      fromImage = file;
    };
  };
  tag = finalImageTag;
  buildArgs = access // args;
  passthru = {
    inherit imageDigest;
    destNameTag = repoTag;
  }
  // passthru;
}
