# The results of build-layer.nix that a user gave as `layers`. function: who asks, for the error.
{ errors, shown }:
function: layers:
let
  inherit (errors function) fail;
in
if !builtins.isList layers then
  fail "layers is ${shown layers}, not a list: write layers = [ (buildLayer { deps = [ … ]; }) ]"
else
  map (
    layer:
    if layer ? closureRoots then
      layer
    else
      fail "`layers` has something else than a layer: make it one with buildLayer { deps = [ … ]; }"
  ) layers
