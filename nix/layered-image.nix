# What buildLayeredImage and streamLayeredImage share: a layer for each store path, the most popular first, the rest
# in one, and last the customisation layer with links to `contents` and what the scripts made.
{
  goArchitecture,
  storeString,
  wellTyped,
  newImage,
}:
function:
args@{
  name,
  tag ? null,
  fromImage ? null,
  inheritConfig ? "env",
  contents ? [ ],
  config ? { },
  architecture ? goArchitecture,
  checkArchitecture ? true, # of the image's programs: where only `architecture` is given, a warning is enough
  created ? "1970-01-01T00:00:01Z",
  mtime ? "1970-01-01T00:00:01Z",
  uid ? 0,
  gid ? 0,
  uname ? "root",
  gname ? "root",
  maxLayers ? 100,
  layeringPipeline ? null,
  extraCommands ? "",
  fakeRootCommands ? "",
  enableFakechroot ? false,
  includeStorePaths ? true,
  includeNixDB ? false,
  layers ? [ ],
  perms ? [ ],
  debug ? false,
  meta ? { },
  passthru ? { },
}:
assert wellTyped function {
  enableFakechroot = [ "bool" ];
  includeStorePaths = [ "bool" ];
  includeNixDB = [ "bool" ];
} args;
newImage {
  foreignProgramsAllowed = args ? architecture && !args ? checkArchitecture;
  inherit
    function
    name
    tag
    fromImage
    inheritConfig
    includeStorePaths
    includeNixDB
    config
    architecture
    checkArchitecture
    created
    layers
    perms
    mtime
    ;
  step = "layered-image";
  layering = {
    inherit maxLayers;
    # Operations, or the JSON file that holds them.
    pipeline =
      if layeringPipeline == null || builtins.isList layeringPipeline then
        layeringPipeline
      else
        storeString {
          inherit function;
          subject = "layeringPipeline is";
          remedy = "write a list of operations, or give a JSON file as a path without quotes or as a derivation";
        } layeringPipeline;
  };
  trees = contents;
  dirlinks = "link";
  scripts = {
    inherit
      extraCommands
      fakeRootCommands
      enableFakechroot
      debug
      ;
  };
  owner = {
    inherit
      uid
      gid
      uname
      gname
      ;
  };
}
