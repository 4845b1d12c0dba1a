# A recipe as a docker-archive file.
{ buildPkgs, runStep }:
{
  function,
  name, # of the file, without its extension
  recipe,
  tag,
  compressor,
}:
let
  extensions = {
    none = "tar";
    gz = "tar.gz";
    zstd = "tar.zst";
  };
in
runStep {
  name = "${name}.${
    extensions.${compressor} or (throw "nixdock: ${function}: unknown compressor \"${toString compressor}\": use \"none\", \"gz\" or \"zstd\"")
  }";
  step = "archive";
  spec = {
    recipe = "${recipe}";
    inherit tag compressor;
  };
  tools = [ buildPkgs.zstd ];
}
