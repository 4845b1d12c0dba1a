# pullImageFromManifest: an image of a registry, pinned by its manifest in a file (nix2container's function). A lock file
# of `nixdock lock` says more: which name and platform it is of.
{
  errors,
  goArchitecture,
  pullImage,
  userFunction,
}:
let
  function = "pullImageFromManifest";
in
userFunction function (
  {
    imageName,
    imageManifest,
    imageTag ? "latest",
    os ? "linux",
    arch ? goArchitecture,
    registryUrl ? "docker.io",
    tlsVerify ? true,
    authFile ? null,
    meta ? { },
  }:
  let
    text = builtins.readFile imageManifest;
    isOfficial = registryUrl == "docker.io" && builtins.match "[^/]+" imageName != null;
  in
  if !(builtins.fromJSON text) ? layers then
    (errors function).fail "${toString imageManifest} is no manifest of one platform: write it with skopeo inspect --raw docker://NAME@DIGEST, or use pullImage with a lock of `nixdock lock`"
  else
    pullImage {
      inherit tlsVerify authFile meta;
      lock = {
        lock = 1;
        reference = "${registryUrl}/${if isOfficial then "library/" else ""}${imageName}:${imageTag}";
        platform = {
          inherit os;
          architecture = arch;
        };
        index = null;
        digest = "sha256:${builtins.hashString "sha256" text}";
        manifest = text;
      };
    }
)
