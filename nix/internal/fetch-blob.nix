# One blob of a registry, as it is there. Its digest is the hash of the output, and the name says nothing else, so that
# the same blob is one store path whatever the image, the registry and the credentials.
{
  errors,
  fixedOutput,
  runStep,
}:
access:
{
  imageName,
  digest,
  size,
}:
let
  algorithm = builtins.match "sha256:([0-9a-f]{64})" digest;
  hash =
    if algorithm == null then
      (errors "pullImage").fail "the digest ${digest} in the lock file is no sha256: such a blob cannot be fetched"
    else
      builtins.head algorithm;
in
runStep {
  name = "blob-${hash}";
  step = "fetch-blob";
  spec = access // {
    inherit imageName digest size;
  };
  fetches = fixedOutput {
    outputHash = hash;
    outputHashAlgo = "sha256";
  };
}
