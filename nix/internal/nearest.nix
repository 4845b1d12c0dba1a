# Which of `names` a person meant who wrote `word`, or null: the nearest one in any case of letters, where at most a
# third of the letters, and one more, differ (Levenshtein's distance). For errors alone: it takes a while.
{ lib }:
names: word:
let
  inherit (builtins) foldl' stringLength;
  rated = map (name: {
    inherit name;
    distance = lib.strings.levenshtein (lib.toLower word) (lib.toLower name);
  }) names;
  best = foldl' (best: next: if best == null || next.distance < best.distance then next else best) null rated;
in
if best != null && 3 * best.distance <= stringLength word + 1 then best.name else null
