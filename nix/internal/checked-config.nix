# The `config` that a user gave, with its known keys as the image specification spells them (runtimes read JSON in any
# case of letters); or an error with all values that some runtime cannot read, and what to write instead.
# Types and keys are those of nixdock_hook/oci/config.json; null counts as nothing. An unknown key is only warned of.
{
  lib,
  configRules,
  errors,
  nearest,
  shown,
}:
let
  inherit (builtins)
    all
    attrNames
    concatMap
    concatStringsSep
    filter
    head
    isList
    length
    mapAttrs
    ;
  inherit (lib) isStringLike splitString toLower;
  table = builtins.fromJSON (builtins.readFile ../../nixdock_hook/oci/config.json);

  isSet = value: builtins.isAttrs value && !isStringLike value;
  hasType = {
    string = isStringLike;
    strings = value: isList value && all isStringLike value;
    "strings by name" = value: isSet value && strangeOf isStringLike value == [ ];
    names = value: isSet value && strangeOf isSet value == [ ];
    integer = builtins.isInt;
    boolean = builtins.isBool;
    object = isSet;
  };
  strangeOf = is: set: filter (name: set.${name} != null && !is set.${name}) (attrNames set);

  # A scalar as the string that it was meant to be.
  quoted =
    value:
    if builtins.isBool value then
      (if value then ''"true"'' else ''"false"'')
    else if builtins.isInt value || builtins.isFloat value || isStringLike value then
      ''"${toString value}"''
    else
      ''"…"'';

  # What is wrong with a value that does not have the type of its key.
  mistyped =
    path: spec: value:
    let
      example = "write ${path} = ${spec.example}";
      whole = "${path} is ${shown value}, not ${table.types.${spec.type}}";
      item = head (filter (item: !isStringLike item) value);
      name = head (strangeOf (if spec.type == "names" then isSet else isStringLike) value);
    in
    if isList value && spec.type == "strings" then
      "${path} has ${shown item}, which is not a string: write ${quoted item}, as in ${path} = ${spec.example}"
    else if isSet value && spec.type == "strings by name" then
      "${path}.${name} is ${shown value.${name}}, not a string: write ${path}.${name} = ${quoted value.${name}}"
    else if isSet value && spec.type == "names" then
      "${path}.\"${name}\" is ${shown value.${name}}, not an empty set: write ${path}.\"${name}\" = { }"
    else if isList value && spec.type == "names" && value != [ ] then
      "${whole}: write ${path}.${quoted (head value)} = { }"
    else if spec.type == "string" && quoted value != ''"…"'' then
      "${whole}: write ${path} = ${quoted value}"
    else
      "${whole}: ${example}";

  takenAsList = spec: value: spec ? orWord && isStringLike value;

  # Docker takes a string for a list of this one word; podman and Kubernetes refuse it, so it becomes that list. The name
  # of a program is no sentence: that would be found nowhere.
  sentences =
    config:
    concatMap (key: if takenAsList table.keys.${key} (config.${key} or null) then ofOneWord "config.${key}" config.${key} else [ ]) (
      if config.Entrypoint or null == null || config.Entrypoint == [ ] then
        [
          "Entrypoint"
          "Cmd"
        ]
      else
        [ "Entrypoint" ]
    );
  ofOneWord =
    path: value:
    let
      words = filter (word: word != "") (splitString " " "${value}");
      list = concatStringsSep " " (map quoted (if words == [ ] then [ "/bin/sh" ] else words));
    in
    if length words == 1 then
      [ ]
    else
      [ "${path} is ${shown value}, one word to docker, and refused by podman and Kubernetes: write ${path} = [ ${list} ]" ];

  problemsOf =
    path: spec: value:
    if value == null then
      [ ]
    else if takenAsList spec value then
      [ ] # see `sentences`
    else if !hasType.${spec.type} value then
      [ (mistyped path spec value) ]
    else if spec ? keys then
      allProblems path spec.keys value
    else
      broken path spec (spec.each or null) value;

  # What a rule finds wrong with a value of the right type.
  broken =
    path: spec: rule: value:
    map (problem: "${path} ${problem}: write ${path} = ${spec.example}") (
      filter (problem: problem != null) (map configRules.${rule} (ruled rule value))
    );

  # What a rule looks at.
  ruled =
    rule: value:
    if rule == null || value == null then
      [ ]
    else if rule == "test" && value != [ ] then
      [ (head value) ]
    else if isList value then
      value
    else if isSet value then
      attrNames value
    else
      [ value ];

  allProblems =
    path: keys: given:
    let
      spellings = spellingsOf keys given;
      twice = filter (key: length spellings.${key} > 1) (attrNames spellings);
    in
    map (
      key:
      "${path} has ${concatStringsSep " and " spellings.${key}}, which are one key to runtimes: keep ${key} alone"
    ) twice
    ++ concatMap (key: problemsOf "${path}.${key}" keys.${key} given.${head spellings.${key}}) (
      attrNames (builtins.intersectAttrs keys spellings)
    );

  # Key, a known one as the specification has it -> its spellings in `given`.
  spellingsOf =
    keys: given:
    let
      known = builtins.listToAttrs (
        map (key: {
          name = toLower key;
          value = key;
        }) (attrNames keys)
      );
    in
    builtins.groupBy (key: known.${toLower key} or key) (attrNames given);

  respelled =
    keys: given:
    mapAttrs (
      key: spellings:
      let
        value = given.${head spellings};
        inner = keys.${key}.keys or null;
      in
      if inner == null || value == null then value else respelled inner value
    ) (spellingsOf keys given);

  # What is taken, and not as it is written.
  warningsOf =
    path: keys: given:
    concatMap (
      key:
      let
        value = given.${key};
        meant = nearest (attrNames keys) key;
      in
      if !keys ? ${key} then
        [ "${path} has the key ${key}, which no runtime knows${if meant == null then "" else ": did you mean ${meant}?"}" ]
      else if takenAsList keys.${key} value then
        [ "${path}.${key} is a string, which podman and Kubernetes refuse: taken for [ ${quoted value} ], write it so" ]
      else if keys.${key} ? keys && value != null then
        warningsOf "${path}.${key}" keys.${key}.keys value
      else
        broken "${path}.${key}" keys.${key} (keys.${key}.doubt or null) value
    ) (attrNames given);
in
function: config:
let
  problems = allProblems "config" table.keys config ++ sentences spelled;
  spelled = respelled table.keys config;
  checked = mapAttrs (key: value: if takenAsList (table.keys.${key} or { }) value then [ value ] else value) spelled;
  inherit (errors function) fail warn;
  warned = builtins.foldl' (result: text: warn text result) checked;
in
if !isSet config then
  fail "config is a ${if builtins.isAttrs config then "package" else builtins.typeOf config}, not an attribute set: write it as { Cmd = [ … ]; Env = [ … ]; }"
else if problems != [ ] then
  fail (concatStringsSep "; " problems)
else
  warned (warningsOf "config" table.keys spelled)
