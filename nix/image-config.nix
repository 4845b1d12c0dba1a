# The image's `config` as a store path of its own, so that the closure of what it mentions can be exported:
# builtins.toFile cannot hold references to derivations. A list: empty where there is no config.
{ runStep }:
{
  function,
  baseName,
  config,
}:
if config == null || config == { } then
  [ ]
else if !builtins.isAttrs config then
  throw "nixdock: ${function}: config is a ${builtins.typeOf config}, not an attribute set: write it as { Cmd = [ … ]; Env = [ … ]; }"
else
  [
    "${runStep {
      name = "${baseName}-config.json";
      step = "config";
      spec = { inherit config; };
    }}"
  ]
