# The words of a command line, or of a list of assignments, as systemd reads them (systemd.service(5), "COMMAND LINES";
# systemd.syntax(7), "QUOTING"). Variables stay as they are.
{ lib }:
{
  fail, # what is wrong -> an error
  specifiers, # letter -> what stands for %LETTER
}:
text:
let
  inherit (builtins) elemAt foldl' isString split;
  escapes = lib.genAttrs [ "\\" "\"" "'" ";" "$" ] lib.id // {
    n = "\n";
    s = " ";
    t = "\t";
  };
  # f: a match's groups -> what stands in its place.
  replace =
    regex: f: piece:
    lib.concatMapStrings (part: if isString part then part else f part) (split regex piece);
  found = set: sign: part: set.${elemAt part 0} or (fail "${sign}${elemAt part 0}, which only systemd can read");
  plain = piece: replace "%(.)" (found (specifiers // { "%" = "%"; }) "%") (replace "\\\\(.)" (found escapes "\\") piece);

  # Blanks, "quoted", 'quoted', or neither.
  parts = split ''([[:space:]]+)|"([^"\\]*(\\.[^"\\]*)*)"|'([^'\\]*(\\.[^'\\]*)*)'|([^[:space:]"'\\]+|\\.)'' text;
  add =
    { words, last }:
    part:
    let
      piece = lib.findFirst (found: found != null) null (map (elemAt part) [ 1 3 5 ]);
    in
    if isString part then
      if part == "" then { inherit words last; } else fail "a quote without its end"
    else if piece == ";" && last == null then
      fail "several commands"
    else if piece == null then
      {
        words = words ++ lib.optional (last != null) last;
        last = null;
      }
    else
      {
        inherit words;
        last = (if last == null then builtins.substring 0 0 text else last) + plain piece; # with the context of `text`
      };
  read = foldl' add { words = [ ]; last = null; } parts;
in
read.words ++ lib.optional (read.last != null) read.last
