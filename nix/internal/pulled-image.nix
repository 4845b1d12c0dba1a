# An image of a registry that is pinned by its digest, and by the hash of the docker-archive that skopeo makes of it.
{
  archiveName,
  baseImage,
  buildPkgs,
  errors,
  fixedOutput,
  goArchitecture,
  goWord,
  imageName,
  imageResult,
  pinnedHash,
  runStep,
  wellTyped,
}:
let
  checkName = imageName;
  function = "pullImage";
  inherit (errors function) fail;
  string = [ "string" ];
in
access: # how a step reaches the registry: tlsVerify, authFile, caBundle
args@{
  /**
    string: the image's name in its registry, which comes first unless it is docker's hub. With `lock` that of the lock
    file.
  */
  imageName,
  /** string: the digest of the manifest of one platform, `sha256:` and 64 hexadecimal digits. Not with `lock`. */
  imageDigest,
  /**
    null or string: the hash of the archive: SRI, or with its algorithm in front, `sha256:…`. Give one of the hashes, or
    `lock`.
  */
  hash ? null,
  /** null or string: the same as SHA-256 in base 16, 32 or 64. */
  sha256 ? null,
  /** null or string: the same as SHA-512. */
  sha512 ? null,
  /** null or string: the same as a derivation has it, with `outputHashAlgo`. */
  outputHash ? null,
  /** null or string: the algorithm of `outputHash`. */
  outputHashAlgo ? null,
  /** string: the operating system that is taken from an index for several. */
  os ? "linux",
  /**
    string: the processor, in Go's words, that is taken from an index for several. By default that of the package set.
  */
  arch ? goArchitecture,
  /** string: the image's name in the archive. By default `imageName`. */
  finalImageName ? imageName,
  /** string: the image's tag in the archive; with `lock` by default that of the lock file's reference. */
  finalImageTag ? "latest",
  /** string: the file's name. By default `docker-image-NAME-TAG.tar`. */
  name ? "${archiveName finalImageName finalImageTag}.tar",
  /** set: `meta` of the result. */
  meta ? { },
  /** set: further attributes of the result. */
  passthru ? { },
}:
let
  checked = checkName {
    inherit function;
    name = finalImageName;
    tag = finalImageTag;
  };
  repoTag = "${checked.imageName}:${finalImageTag}";
  file =
    result:
    runStep {
      inherit name result;
      step = "pull-image";
      spec = access // {
        inherit
          os
          repoTag
          ;
        imageName =
          if builtins.match ".*@.*" imageName != null then
            # It is not repeated: it may have a password in it.
            fail "imageName has room for neither user, password nor digest: write credentials to a file, authFile = \"/PATH\""
          else
            imageName;
        arch = goWord function "arch" arch;
        imageDigest =
          if builtins.match "sha256:[0-9a-f]{64}" imageDigest == null then
            fail "imageDigest \"${imageDigest}\" is no digest: sha256: and 64 hexadecimal digits, as nix-prefetch-docker prints it"
          else
            imageDigest;
        tag = finalImageTag;
      };
      tools = [ buildPkgs.skopeo ];
      fetches = fixedOutput (pinnedHash function {
        inherit
          hash
          sha256
          sha512
          outputHash
          outputHashAlgo
          ;
      });
    };
in
assert wellTyped function {
  imageName = string;
  imageDigest = string;
  finalImageName = string;
  finalImageTag = string;
  name = string;
} args;
imageResult {
  inherit file;
  image = package: {
    inherit (checked) imageName baseName;
    recipe = baseImage {
      inherit function;
      inherit (checked) baseName;
      fromImage = "${package}"; # the file alone: its recipe is what is made here
    };
  };
  tag = finalImageTag;
  arguments = access // args;
  passthru = {
    inherit imageDigest;
    sourceURL = "docker://${imageName}@${imageDigest}";
    destNameTag = repoTag;
  };
}
