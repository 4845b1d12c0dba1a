# What expressions say about packages (`meta`), for all that some values reach: packages, lists and sets of them, images
# and layers of nixdock; of a package what its derivation is made of. Whatever cannot be evaluated is left out, and so is
# the string context: nothing is built for this.
#
# values -> a list of { outputs name version … }, as nixdock_hook/insight/sbom/package_meta.py reads it.
{ lib, pkgs }:
let
  inherit (builtins)
    attrValues
    concatMap
    deepSeq
    filter
    genericClosure
    head
    isAttrs
    isList
    isString
    match
    parseDrvName
    tryEval
    unsafeDiscardStringContext
    ;

  # Derivations from one to the next one: nixpkgs' bootstrap has some dozens.
  mostSteps = 1000;
  # Lists and sets in one another: dependencies of structured attributes have three.
  mostLevels = 6;

  tried =
    default: value:
    let
      result = tryEval (deepSeq value value);
    in
    if result.success then result.value else default;
  shallow = value: (tryEval value).value; # `false` for what cannot be evaluated

  # The derivations in a value.
  derivationsIn =
    levels: given:
    let
      value = shallow given;
      kind = shallow (value.type or null);
    in
    if levels == 0 then
      [ ]
    else if isList value then
      concatMap (derivationsIn (levels - 1)) value
    else if !isAttrs value then
      [ ]
    else if kind == "derivation" then
      [ value ]
    else
      concatMap (derivationsIn (levels - 1)) (attrValues value);

  nodes =
    steps: values:
    filter (node: node.key != "") (
      map (package: {
        key = unsafeDiscardStringContext (tried "" (package.drvPath or ""));
        inherit package steps;
      }) (derivationsIn mostLevels values)
    );

  # What a derivation is made of. `paths` is what nixpkgs' trees of symlinks have beside their text.
  madeOf = package: [
    (shallow (package.drvAttrs or { }))
    (shallow (package.paths or [ ]))
    (shallow (package.madeOf.values or package.recipe.madeOf.values or [ ]))
  ];

  reachedFrom =
    values:
    genericClosure {
      startSet = nodes mostSteps values;
      operator = node: if node.steps == 0 then [ ] else nodes (node.steps - 1) (madeOf node.package);
    };

  text =
    value:
    let
      found = tried null value;
    in
    if isString found then unsafeDiscardStringContext found else null;
  texts = value: filter (found: found != null) (map text (asList value));
  asList = value: if isList (shallow value) then value else [ value ];
  firstText =
    value:
    let
      all = texts value;
    in
    if all == [ ] then null else head all;

  # One licence, a list of them, or the name of one.
  licencesOf =
    value:
    let
      licence = shallow value;
    in
    if isList licence then
      concatMap licencesOf licence
    else if isString licence then
      [ { name = text licence; } ]
    else if isAttrs licence then
      [
        {
          spdxId = text (licence.spdxId or null);
          name = text (licence.fullName or licence.shortName or null);
        }
      ]
    else
      [ ];

  roots = filter (root: root != null) [
    nixpkgs
    (toString ../..)
  ];
  nixpkgs = if pkgs ? path then unsafeDiscardStringContext (toString pkgs.path) else null;
  isBelow = root: position: root != null && lib.hasPrefix "${root}/" position;
  # FILE:LINE without the place that the files have on this machine.
  relative =
    position:
    let
      found = filter (root: isBelow root position) roots;
      inStore = match "${builtins.storeDir}/[^/]+/(.*)" position;
    in
    if position == null then
      null
    else if found != [ ] then
      lib.removePrefix "${head found}/" position
    else if inStore != null then
      head inStore
    else
      baseNameOf position;

  described =
    { package, ... }:
    let
      meta = shallow (package.meta or { });
      stated = if isAttrs meta then meta else { };
      identifiers = shallow (stated.identifiers or { });
      known = if isAttrs identifiers then identifiers else { };
      position = text (stated.position or null);
      parsed = parseDrvName (if text package.name == null then "unnamed" else text package.name);
      pname = text (package.pname or null);
      version = text (package.version or null);
      outputs = tried [ "out" ] (package.outputs or [ "out" ]);
      outputOf = name: text (package.${name}.outPath or package.outPath);
    in
    {
      outputs = lib.filterAttrs (_: path: path != null) (lib.genAttrs outputs outputOf);
      name = if pname == null then parsed.name else pname;
      version = if version == null then parsed.version else version;
      licenses = tried [ ] (licencesOf (stated.license or [ ]));
      homepage = firstText (stated.homepage or [ ]);
      description = text (stated.description or null);
      position = relative position;
      isOfNixpkgs = position != null && isBelow nixpkgs position;
      isProgram = stated ? mainProgram;
      cpe = text (known.cpe or known.v1.cpe or null);
      possibleCPEs = texts (map (one: one.cpe or null) (tried [ ] (known.possibleCPEs or known.v1.possibleCPEs or [ ])));
      purls = lib.unique (texts (known.purl or [ ]) ++ texts (known.purls or [ ]));
    };
in
values: map described (reachedFrom values)
