# An image of a registry that a lock file pins (`nixdock lock`). The lock holds the manifest, which has the digest of
# every blob: each is a derivation of its own, shared by all images that have the blob, and fetched once.
{
  lib,
  archive,
  archiveName,
  checkedCompression,
  errors,
  fetchBlob,
  imageName,
  imageResult,
  runStep,
  wellTyped,
}:
let
  checkName = imageName;
  # HOST:PORT/PATH, :TAG, @DIGEST; only the last part of the path may be followed by a tag.
  parseReference = builtins.match "(([^@]+/)?[^/@:]+)(:([^/@:]+))?(@.*)?";
  function = "pullImage";
  inherit (errors function) fail;
  stringOrNull = [
    "string"
    "null"
  ];
in
access: # how a step reaches the registry: tlsVerify, authFile, caBundle
args@{
  /**
    path or set: a lock file that `nixdock lock REFERENCE` wrote, or its value, instead of `imageDigest` and a hash.
    Each blob of the image is then a store path of its own, which all images that have it share.
  */
  lock,
  imageName ? null,
  finalImageName ? null,
  finalImageTag ? null,
  name ? null,
  layerCompression ? "none",
  meta ? { },
  passthru ? { },
}:
let
  orElse = fallback: value: if value == null then fallback else value;

  isValue = lock ? manifest; # of a file already read
  lockFile = if isValue then "the lock" else toString lock;
  # What is no JSON is Nix's own error, which newer ones tell together with this.
  readJSON = text: builtins.addErrorContext "nixdock: ${function}: ${lockFile} is no lock file" (builtins.fromJSON text);
  locked = if isValue then lock else readJSON (builtins.readFile lock);
  manifest = readJSON locked.manifest;
  isTextOrNull = value: value == null || builtins.isString value;
  isLock =
    builtins.isAttrs locked
    && builtins.all (name: builtins.isString (locked.${name} or null)) [
      "manifest"
      "reference"
      "digest"
    ]
    && builtins.isInt (locked.lock or null)
    && isTextOrNull (locked.index or null)
    && builtins.isAttrs (locked.platform or null)
    && builtins.all isTextOrNull (builtins.attrValues locked.platform)
    && parseReference locked.reference != null;
  isBlob =
    blob:
    builtins.isAttrs blob && builtins.isString (blob.digest or null) && builtins.isInt (blob.size or null) && blob.size >= 0;
  isManifest =
    builtins.isList (manifest.layers or null)
    && builtins.all isBlob ([ (manifest.config or null) ] ++ manifest.layers);
  reference = parseReference locked.reference;
  source = orElse (builtins.elemAt reference 0) imageName;
  tag = orElse (orElse "latest" (builtins.elemAt reference 3)) finalImageTag;
  checked = checkName {
    inherit function;
    name = orElse source finalImageName;
    inherit tag;
  };

  # By digest: an image may have the same layer twice.
  blobs = builtins.listToAttrs (
    map (blob: {
      name = blob.digest;
      value = "${fetchBlob access {
        imageName = source;
        inherit (blob) digest size;
      }}";
    }) ([ manifest.config ] ++ manifest.layers)
  );
  recipe = runStep {
    name = "${checked.baseName}-recipe";
    step = "locked-image";
    spec = {
      lock = {
        inherit (locked)
          digest
          lock
          manifest
          platform
          reference
          ;
        index = locked.index or null;
      };
      name = checked.imageName;
      inherit tag blobs;
    };
  };
in
assert wellTyped function {
  lock = [
    "path"
    "string"
    "set"
  ];
  imageName = stringOrNull;
  finalImageName = stringOrNull;
  finalImageTag = stringOrNull;
  name = stringOrNull;
} args;
if !isLock then
  fail "${lockFile} is no lock file: write one with nixdock lock REFERENCE"
else if "sha256:${builtins.hashString "sha256" locked.manifest}" != locked.digest then
  fail "${lockFile} was altered, its manifest does not have the digest ${locked.digest}: write it again with nixdock lock ${locked.reference}"
else if !isManifest then
  fail "the manifest in ${lockFile} names no blobs: write it again with nixdock lock ${locked.reference}"
else
  imageResult {
    inherit tag;
    image = _: {
      inherit (checked) imageName baseName;
      inherit recipe layerCompression;
    };
    file =
      result:
      archive {
        inherit
          function
          recipe
          tag
          result
          ;
        layerCompression = checkedCompression function layerCompression;
        name = if name == null then archiveName checked.imageName tag else lib.removeSuffix ".tar" name;
        compressor = "none";
      };
    arguments = access // args;
    passthru = {
      imageDigest = locked.digest;
      sourceURL = "docker://${source}@${locked.digest}";
      destNameTag = "${checked.imageName}:${tag}";
    };
  }
