# A recipe as a docker-archive file.
{
  errors,
  runStep,
  shown,
}:
{
  function,
  name, # of the file, without its extension
  recipe,
  tag,
  compressor,
  result ? { },
}:
let
  extensions = {
    none = "tar";
    gz = "tar.gz";
    zstd = "tar.zst";
  };
  known = if compressor == "gzip" then "gz" else compressor; # the command's name for it
  extension =
    if builtins.isString known && extensions ? ${known} then
      extensions.${known}
    else
      (errors function).fail "unknown compressor ${shown compressor}: use \"none\", \"gz\" or \"zstd\"";
in
runStep {
  inherit result;
  name = "${name}.${extension}";
  step = "archive";
  spec = {
    recipe = "${recipe}";
    inherit tag;
    compressor = known;
    layerCompression = "none";
  };
}
