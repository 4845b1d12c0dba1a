# The .drv files by which strings came to mention their store paths, as strings that bring these files, and all that they
# name, into a derivation's sandbox: what they would build is not built.
strings:
let
  inherit (builtins)
    appendContext
    attrNames
    filter
    foldl'
    getContext
    match
    ;
  contexts = foldl' (all: string: all // getContext string) { } strings;
  derivations = filter (path: match ".*[.]drv" path != null) (attrNames contexts);
in
map (path: appendContext path { ${path}.path = true; }) derivations
