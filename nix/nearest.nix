# Which of `names` a person meant who wrote `word`, or null: the nearest one in any case of letters, where at most a
# third of the letters, and one more, differ (Levenshtein's distance). For errors alone: it takes a while.
{ pkgs }:
names: word:
let
  inherit (builtins)
    elemAt
    foldl'
    genList
    head
    length
    ;
  inherit (pkgs.lib) last min stringToCharacters toLower;
  letters = text: stringToCharacters (toLower text);
  numbers = count: genList (n: n) count;

  distance =
    left: right:
    let
      cell =
        letter: above: row: n:
        row ++ [ (min (1 + min (last row) (elemAt above (n + 1))) (elemAt above n + (if elemAt right n == letter then 0 else 1))) ];
      nextRow = above: letter: foldl' (cell letter above) [ (head above + 1) ] (numbers (length right));
    in
    last (foldl' nextRow (numbers (length right + 1)) left);

  wanted = letters word;
  rated = map (name: {
    inherit name;
    distance = distance wanted (letters name);
  }) names;
  best = foldl' (best: next: if best == null || next.distance < best.distance then next else best) null rated;
in
if best != null && 3 * best.distance <= length wanted + 1 then best.name else null
