# nixpkgs' lib.lists, in part.
let
  inherit (builtins)
    concatMap
    elem
    elemAt
    foldl'
    genList
    isList
    length
    ;
in
rec {
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  singleton = item: [ item ];
  optional = condition: item: if condition then [ item ] else [ ];
  optionals = condition: items: if condition then items else [ ];
  toList = item: if isList item then item else [ item ];
  flatten = item: if isList item then concatMap flatten item else [ item ];
  unique = foldl' (seen: item: if elem item seen then seen else seen ++ [ item ]) [ ];
  last = items: elemAt items (length items - 1);
  init = items: take (length items - 1) items;
  take = count: sublist 0 count;
  drop = count: items: sublist count (length items) items;
  sublist =
    start: count: items:
    let
      rest = length items - start;
      kept = if rest < count then rest else count;
    in
    genList (i: elemAt items (start + i)) (if kept < 0 then 0 else kept);
  range = first: end: genList (i: first + i) (if end < first then 0 else end - first + 1);
  reverseList = items: genList (i: elemAt items (length items - 1 - i)) (length items);
  imap0 = f: items: genList (i: f i (elemAt items i)) (length items);
  imap1 = f: imap0 (i: f (i + 1));
  foldr =
    f: initial: items:
    foldl' (result: item: f item result) initial (reverseList items);
  findFirst =
    wanted: default: items:
    let
      found = builtins.filter wanted items;
    in
    if found == [ ] then default else builtins.head found;
  subtractLists = removed: builtins.filter (item: !elem item removed);
}
