# The store paths that strings begin with, "${drv}/share" -> drv: what a closure can be asked for.
# substring keeps a string's context, which match would lose.
strings:
let
  prefix = builtins.stringLength builtins.storeDir + 1;
  storePath =
    string:
    let
      inner = builtins.substring prefix (-1) string;
      name = builtins.head (builtins.match "([^/]+).*" inner);
    in
    builtins.substring 0 (prefix + builtins.stringLength name) string;
in
map storePath strings
