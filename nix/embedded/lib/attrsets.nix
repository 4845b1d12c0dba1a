# nixpkgs' lib.attrsets, in part.
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    filter
    foldl'
    isAttrs
    listToAttrs
    map
    ;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;

  nameValuePair = name: value: { inherit name value; };
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  filterAttrs = keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));
  optionalAttrs = condition: set: if condition then set else { };
  mergeAttrsList = foldl' (all: set: all // set) { };
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if isAttrs set && set ? ${builtins.head path} then
      attrByPath (builtins.tail path) default set.${builtins.head path}
    else
      default;

  # Sets are merged all the way down; where either side is no set, the right one wins.
  recursiveUpdate =
    left: right:
    left
    // builtins.mapAttrs (
      name: value:
      if isAttrs value && isAttrs (left.${name} or null) then recursiveUpdate left.${name} value else value
    ) right;

  concatMapAttrs = f: set: mergeAttrsList (mapAttrsToList f set);
  collect =
    wanted: set:
    if wanted set then
      [ set ]
    else if isAttrs set then
      concatMap (collect wanted) (attrValues set)
    else
      [ ];
}
