# The image's `config` as a store path of its own, so that the closure of what it mentions can be exported:
# builtins.toFile cannot hold references to derivations. A list: empty where there is no config.
{ runStep, checkedConfig }:
{
  function,
  baseName,
  config,
}:
if config == null || config == { } then
  [ ]
else
  [
    "${runStep {
      name = "${baseName}-config.json";
      step = "config";
      spec.config = checkedConfig function config;
    }}"
  ]
