/**
  Fetch an image from a registry, pinned by its manifest in a file, as nix2container has it. A lock file of `nixdock
  lock` says more, namely of which name and platform it is: prefer `pullImage { lock = …; }`.

  # Type

  ```
  pullImageFromManifest :: { imageName, imageManifest, … } -> derivation (image)
  ```

  # Example

  ```nix
  pullImageFromManifest {
    imageName = "library/alpine";
    imageManifest = ./manifest.json;
  }
  ```
*/
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
    /** string: the image's name, without its registry. */
    imageName,
    /** path: the manifest of one platform, a JSON file. */
    imageManifest,
    /** string: the image's tag. */
    imageTag ? "latest",
    /** string: the operating system that the manifest is for. */
    os ? "linux",
    /** string: the processor that the manifest is for, in Go's words. By default that of the package set. */
    arch ? goArchitecture,
    /** string: the registry's host. */
    registryUrl ? "docker.io",
    /** bool: as `pullImage` has it. */
    tlsVerify ? true,
    /** null or string: as `pullImage` has it. */
    authFile ? null,
    /** set: `meta` of the result. */
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
