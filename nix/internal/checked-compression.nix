# How each layer of an archive is compressed, checked.
{ errors, shown }:
function: value:
if
  builtins.elem value [
    "none"
    "gzip"
    "zstd"
  ]
then
  value
else
  (errors function).fail "unknown layerCompression ${shown value}: use \"none\", \"gzip\" or \"zstd\""
