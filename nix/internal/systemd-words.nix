# The words of a command line, or of a list of assignments, as systemd reads them (systemd.service(5), "COMMAND LINES";
# systemd.syntax(7), "QUOTING").
{ lib }:
{
  fail, # what is wrong -> an error
  specifiers, # letter -> what %LETTER stands for
  variables, # name -> what ${NAME} stands for; null leaves $ as it is
}:
text:
let
  inherit (builtins) elemAt isString split;
  escapes = lib.genAttrs [ "\\" "\"" "'" ";" ] lib.id // {
    n = "\n";
    s = " ";
    t = "\t";
  };
  # Of each match of a regex, its group stands for what `meanings` says.
  read =
    sign: regex: meanings: piece:
    let
      meaning = letter: meanings.${letter} or (fail "${sign}${letter}, which only systemd understands");
    in
    lib.concatMapStrings (part: if isString part then part else meaning (elemAt part 0)) (split regex piece);
  filled = lib.mapAttrs' (name: lib.nameValuePair "{${name}}") variables // { "$" = "$"; };
  plain =
    piece:
    (if variables == null then lib.id else read "$" "[$]([$]|[{]?[A-Za-z0-9_]*[}]?)" filled) (
      read "%" "%(.)" (specifiers // { "%" = "%"; }) (read "\\" "\\\\(.)" escapes piece)
    );

  # Blanks, "quoted", 'quoted', or neither.
  parts = split ''([[:space:]]+)|"([^"\\]*(\\.[^"\\]*)*)"|'([^'\\]*(\\.[^'\\]*)*)'|([^[:space:]"'\\]+|\\.)'' (
    builtins.replaceStrings [ "\\\n" ] [ " " ] text
  );
  # null is between words.
  add =
    words: part:
    let
      piece = lib.findFirst (group: group != null) null (map (elemAt part) [ 1 3 5 ]);
    in
    if isString part then
      if part == "" then words else fail "a quote without its end"
    else if piece == null then
      words ++ [ null ]
    else if piece == ";" && lib.last words == null then
      fail "several commands"
    else
      lib.init words ++ [ ((if lib.last words == null then "" else lib.last words) + plain piece) ];
in
# Regular expressions forget which store paths a text mentions.
map (word: builtins.substring 0 0 text + word) (builtins.filter (word: word != null) (builtins.foldl' add [ null ] parts))
