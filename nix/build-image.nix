# buildImage: one new layer, with everything, on top of a base -> a docker-archive file (API.md).
{
  pkgs,
  runStep,
  imageName,
  imageConfig,
  baseImage,
  rootTree,
  archive,
  imageResult,
  closureRoots,
  ...
}:
args@{
  name,
  tag ? null,
  fromImage ? null,
  fromImageName ? null,
  fromImageTag ? null,
  inheritConfig ? "env",
  copyToRoot ? null,
  contents ? null, # the deprecated name of copyToRoot
  keepContentsDirlinks ? false,
  extraCommands ? "",
  config ? null,
  architecture ? pkgs.stdenv.hostPlatform.go.GOARCH,
  created ? "1970-01-01T00:00:01Z",
  uid ? 0,
  gid ? 0,
  uname ? "root",
  gname ? "root",
  compressor ? "gz",
  diskSize ? 1024, # of dockerTools' VM: there is none here
  buildVMMemorySize ? 512, # likewise
  meta ? { },
  passthru ? { },
}:
let
  function = "buildImage";
  checked = imageName { inherit function name tag; };
  inherit (checked) baseName;
  fail = what: throw "nixdock: ${function}: ${what}";

  copied =
    if contents == null then
      copyToRoot
    else if copyToRoot == null then
      builtins.trace "nixdock: ${function}: `contents` is the old name of `copyToRoot`: rename it" contents
    else
      fail "both `contents` and `copyToRoot` are given: keep `copyToRoot`, the other is its old name";
  trees = map (tree: "${tree}") (if copied == null then [ ] else if builtins.isList copied then copied else [ copied ]);

  dirlinks =
    if keepContentsDirlinks then
      "keep"
    else if fromImage != null then
      "expand"
    else
      "conflict";
  owner = { inherit uid gid uname gname; };
  mtime = 1;

  root =
    if extraCommands == "" then
      trees
    else
      [
        "${rootTree {
          inherit baseName trees dirlinks extraCommands owner mtime;
        }}"
      ];
  configFile = imageConfig { inherit function baseName config; };
  base = baseImage { inherit baseName fromImage fromImageName fromImageTag; };

  recipe = runStep {
    name = "${baseName}-recipe";
    step = "single-layer-image";
    spec = {
      name = checked.imageName;
      inherit tag architecture created inheritConfig owner mtime root dirlinks;
      os = "linux";
      base = if base == null then null else "${base}";
      config = if configFile == null then null else "${configFile}";
      createdBy = "nixdock ${function}";
    };
    closures = {
      closure = closureRoots (root ++ (if configFile == null then [ ] else [ "${configFile}" ]));
    };
  };

in
imageResult {
  file = archive {
    inherit
      function
      recipe
      tag
      compressor
      ;
    name = "docker-image-${baseName}";
  };
  inherit (checked) imageName baseName;
  inherit
    recipe
    tag
    meta
    passthru
    ;
  buildArgs = args;
}
