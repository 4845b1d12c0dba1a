# What the sets may hold in which users declare accounts and files: the keys' rules, in the words of checked-entries.nix.
{
  lib,
  checkedEntries,
}:
let
  inherit (builtins) all elem match;

  mostBytes = 255; # of a name in a directory (NAME_MAX)
  isName =
    name: !elem name [ "" "." ".." ] && !lib.hasPrefix ".wh." name && builtins.stringLength name <= mostBytes;
  # 4294967295 is -1 in 32 bits, with which chown leaves an owner as it is.
  isId = id: id >= 0 && id < 4294967295;
  isAccount = name: match "[a-z_][a-z0-9_-]{0,30}[$]?" name != null;
  isField = text: match ".*[:\n].*" text == null;
  isProgram = given: lib.hasPrefix "/" "${given}" && isField "${given}";
  namedBy = function: argument: isName: nameRemedy: keys: checkedEntries { inherit function argument keys isName nameRemedy; };
in
rec {
  # Paths are taken as they are written: two spellings of one would hide that they are the same.
  isAbsolute = path: lib.hasPrefix "/" path && all isName (builtins.tail (lib.splitString "/" path));
  isPath = path: isAbsolute path && !(path == "/nix/store" || lib.hasPrefix "/nix/store/" path);
  isMode = digits: match "[0-7]{3,4}|0[0-7]{4}" digits != null;
  isPathOfNoDirectory = path: isPath path && path != "/nix";

  accounts =
    function: argument:
    namedBy function argument isAccount "use at most 31 small letters, digits, _ and -, and begin with a letter";
  places =
    function: argument:
    namedBy function argument (if argument == "directories" then isPath else isPathOfNoDirectory)
      "write an absolute path outside of /nix/store, without . and .. and without / at its end";

  id = word: {
    types = [ "int" ];
    is = isId;
    example = "a number, like ${word} = 1000";
  };
  gid = id "gid" // {
    default = null;
    types = [
      "int"
      "null"
    ];
    is = given: given == null || isId given;
  };
  owner = {
    default = null;
    types = [
      "string"
      "int"
      "null"
    ];
    is = value: value == null || (if builtins.isInt value then isId value else isAccount value);
    example = "a name or an id";
  };
  mode = default: {
    inherit default;
    types = [ "string" ];
    is = isMode;
    example = "octal digits in quotes, like \"0755\"";
  };
  names = {
    default = [ ];
    types = [ "list" ];
    is = all builtins.isString;
    example = "a list of names";
  };
  field = default: {
    inherit default;
    types = [
      "string"
      "null"
    ];
    is = text: text == null || isField text;
    example = "a string without : and line breaks";
  };
  home = field null // {
    is = home: home == null || home == "/" || (isField home && isPath home);
    example = "an absolute path";
  };
  shell = {
    default = null;
    types = [
      "string"
      "path"
      "set"
      "null"
    ];
    is = given: given == null || (lib.isStringLike given && isProgram given);
    example = "the absolute path of a program, like \"\${pkgs.bash}/bin/bash\", or null";
  };
  text = {
    default = null;
    types = [
      "string"
      "null"
    ];
    example = "a string";
  };
  source = {
    default = null;
    types = [
      "path"
      "string"
      "set"
      "null"
    ];
    is = given: given == null || lib.isStringLike given && lib.hasPrefix "${builtins.storeDir}/" "${given}";
    example = "a path without quotes, ./file, or a package's file";
  };
}
