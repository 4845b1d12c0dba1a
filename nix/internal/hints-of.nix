# layerHints as a user gave it -> what the planner reads, or an error. Hints build nothing and bring nothing into the
# image: of a package only the name of its store path counts.
{
  lib,
  errors,
  shown,
}:
function: given:
let
  inherit (errors function) fail;
  none = {
    often = [ ];
    together = [ ];
    apart = [ ];
  };
  unknown = builtins.attrNames (removeAttrs given (builtins.attrNames none));
  paths = name: map (path name) (listOf name (given.${name} or [ ]));
  listOf = name: value: if builtins.isList value then value else fail "layerHints.${name} is ${shown value}: write a list";
  path =
    name: item:
    if lib.isStringLike item then
      builtins.unsafeDiscardStringContext "${item}"
    else
      fail "layerHints.${name} has ${shown item}: write packages";
in
if !builtins.isAttrs given then
  fail "layerHints is ${shown given}: write { often = [ ]; together = [ [ ] ]; apart = [ ]; }, each optional"
else if unknown != [ ] then
  fail "layerHints has no `${builtins.head unknown}`: it has often, together, apart"
else
  {
    often = paths "often";
    together = map (group: map (path "together") (listOf "together" group)) (listOf "together" (given.together or [ ]));
    apart = paths "apart";
  }
