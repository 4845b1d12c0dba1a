# nixpkgs' lib.strings, in part.
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    foldl'
    genList
    isString
    length
    match
    replaceStrings
    split
    stringLength
    substring
    ;

  inherit (import ./trivial.nix) min;
  characters = text: genList (i: substring i 1 text) (stringLength text);
  lowerLetters = characters "abcdefghijklmnopqrstuvwxyz";
  upperLetters = characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  regexSpecials = characters "\\[{()^$?*+|.";
in
rec {
  inherit (builtins)
    compareVersions
    concatStringsSep
    fromJSON
    isString
    match
    replaceStrings
    splitVersion
    stringLength
    substring
    toJSON
    ;

  # Whether "${value}" is a string.
  isStringLike = value: isString value || builtins.isPath value || value ? outPath || value ? __toString;
  stringToCharacters = characters;
  concatStrings = concatStringsSep "";
  concatMapStrings = f: items: concatStrings (map f items);
  concatMapStringsSep = separator: f: items: concatStringsSep separator (map f items);
  concatLines = concatMapStrings (line: line + "\n");
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (builtins.attrValues (builtins.mapAttrs f set));
  optionalString = condition: text: if condition then text else "";

  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    start >= 0 && substring start (stringLength suffix) text == suffix;
  hasInfix = infix: text: replaceStrings [ infix ] [ "" ] text != text || infix == "";
  removePrefix =
    prefix: text:
    if hasPrefix prefix text then substring (stringLength prefix) (stringLength text) text else text;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  toLower = replaceStrings upperLetters lowerLetters;
  toUpper = replaceStrings lowerLetters upperLetters;
  escapeRegex = replaceStrings regexSpecials (map (c: "\\" + c) regexSpecials);
  splitString = separator: text: filter isString (split (escapeRegex separator) text);

  # How many characters must be put in, left out or exchanged to make `right` of `left`: row by row, where each number is
  # the distance of a beginning of `left` to one of `right`.
  levenshtein =
    left: right:
    let
      columns = characters right;
      first = genList (n: n) (stringLength right + 1);
      next =
        above: letter:
        let
          # (the row so far, its last number, that above on the left) and a column -> the same, one column on.
          step =
            { row, left, corner }:
            n:
            let
              straight = corner + (if elemAt columns n == letter then 0 else 1);
              over = elemAt above (n + 1);
              number = min straight (1 + min left over);
            in
            {
              row = row ++ [ number ];
              left = number;
              corner = over;
            };
          start = builtins.head above + 1;
        in
        (foldl' step {
          row = [ start ];
          left = start;
          corner = builtins.head above;
        } (genList (n: n) (length columns))).row;
      all = foldl' next first (characters left);
    in
    elemAt all (length all - 1);

  # A word that needs no quotes stays as it is, as in nixpkgs.
  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
    else
      text;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;

  makeSearchPath =
    subdirectory: packages:
    concatMapStringsSep ":" (package: "${package}/${subdirectory}") (
      filter (package: package != null) packages
    );
  makeBinPath = makeSearchPath "bin";
  makeLibraryPath = makeSearchPath "lib";

  versionOlder = version: other: builtins.compareVersions other version == 1;
  versionAtLeast = version: other: !versionOlder version other;
}
