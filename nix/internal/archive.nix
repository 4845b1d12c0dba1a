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
  extension =
    if builtins.isString compressor && extensions ? ${compressor} then
      extensions.${compressor}
    else
      (errors function).fail "unknown compressor ${shown compressor}: use \"none\", \"gz\" or \"zstd\"";
in
runStep {
  inherit result;
  name = "${name}.${extension}";
  step = "archive";
  spec = {
    recipe = "${recipe}";
    inherit tag compressor;
    layerCompression = "none";
  };
}
