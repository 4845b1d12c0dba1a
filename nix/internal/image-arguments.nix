# The arguments that all functions which make an image have: argument -> its default (one without must be given), and the
# types that a value may have, in the words of builtins.typeOf, where a wrong one is found at evaluation.
#
# To give every image another argument: declare it here, and use it in new-image.nix, which gets all of them by name.
{ goArchitecture }:
let
  bool = [ "bool" ];
in
{
  name = { };
  tag.default = null;
  fromImage.default = null;
  inheritConfig.default = "env";
  config.default = null;
  layers.default = [ ];
  perms.default = [ ];
  extraCommands.default = "";
  extraCommands.types = [
    "string"
    "path"
    "set" # a package that is a program
  ];
  includeNixDB.default = false;
  includeNixDB.types = bool;
  sbomInImage.default = false;
  sbomInImage.types = bool;
  created.default = "1970-01-01T00:00:01Z";
  uid.default = 0;
  gid.default = 0;
  uname.default = "root";
  gname.default = "root";
  architecture.default = goArchitecture;
  architecture.types = [ "string" ];
  checkArchitecture.default = true;
  checkArchitecture.types = bool;
  meta.default = { };
  passthru.default = { };
}
