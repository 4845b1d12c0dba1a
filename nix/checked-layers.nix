# The results of build-layer.nix that a user gave as `layers`. function: who asks, for the error.
function:
map (
  layer:
  if layer ? closureRoots then
    layer
  else
    throw "nixdock: ${function}: `layers` has something else than a layer: make it one with buildLayer { deps = [ … ]; }"
)
