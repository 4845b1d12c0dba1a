# A recipe as a docker-archive file, which is an OCI layout too where its layers are compressed.
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
  layerCompression ? "none",
  compressor ? if layerCompression == "none" then "gzip" else "none", # of the file
  result ? { },
}:
let
  extensions = {
    none = "tar";
    gzip = "tar.gz";
    zstd = "tar.zst";
  };
  known = if compressor == "gz" then "gzip" else compressor; # dockerTools' name for it
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
    inherit tag layerCompression;
    compressor = known;
  };
}
