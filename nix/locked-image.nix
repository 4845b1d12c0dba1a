# An image of a registry that a lock file pins (`nixdock lock`). The lock holds the manifest, which has the digest of
# every blob: each is a derivation of its own, shared by all images that have the blob, and fetched once.
{
  pkgs,
  runStep,
  wellTyped,
  fetchBlob,
  archive,
  archiveName,
  imageName,
  imageResult,
}:
let
  checkName = imageName;
  # HOST:PORT/PATH, :TAG, @DIGEST; only the last part of the path may be followed by a tag.
  parseReference = builtins.match "(([^@]+/)?[^/@:]+)(:([^/@:]+))?(@.*)?";
  function = "pullImage";
  fail = what: throw "nixdock: ${function}: ${what}";
  stringOrNull = [
    "string"
    "null"
  ];
in
access: # how a step reaches the registry: tlsVerify, authFile, caBundle
args@{
  lock, # the file, or its value
  imageName ? null,
  finalImageName ? null,
  finalImageTag ? null,
  name ? null,
  meta ? { },
  passthru ? { },
}:
let
  orElse = fallback: value: if value == null then fallback else value;

  isValue = lock ? manifest; # of a file already read
  locked = if isValue then lock else builtins.fromJSON (builtins.readFile lock);
  lockFile = if isValue then "the lock" else toString lock;
  manifest = builtins.fromJSON locked.manifest;
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
      lock = locked;
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
if !(locked ? manifest && locked ? reference && locked ? digest) then
  fail "${lockFile} is no lock file: write one with nixdock lock REFERENCE"
else if "sha256:${builtins.hashString "sha256" locked.manifest}" != locked.digest then
  fail "${lockFile} was altered, its manifest does not have the digest ${locked.digest}: write it again with nixdock lock ${locked.reference}"
else
  imageResult {
    inherit tag;
    image = _: {
      inherit (checked) imageName baseName;
      inherit recipe;
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
        name = if name == null then archiveName checked.imageName tag else pkgs.lib.removeSuffix ".tar" name;
        compressor = "none";
      };
    arguments = access // args;
    passthru = {
      imageDigest = locked.digest;
      sourceURL = "docker://${source}@${locked.digest}";
      destNameTag = "${checked.imageName}:${tag}";
    };
  }
