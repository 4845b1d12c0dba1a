# true, or an error that names the argument of a wrong type: Nix would say which type it expected, and not where.
# types: argument -> the types it may have, in the words of builtins.typeOf. args: what the user gave.
{ errors, shown }:
function: types: args:
let
  isWrong = name: !builtins.elem (builtins.typeOf args.${name}) types.${name};
  wrong = builtins.filter isWrong (builtins.attrNames (builtins.intersectAttrs args types));
  name = builtins.head wrong;
  remedies = {
    bool = "write true or false";
    int = "write a number";
    list = "write [ … ]";
    path = "write it without quotes";
    set = "write { NAME = VALUE; }";
    string = "write it in quotes";
  };
  expected = builtins.concatStringsSep " or " types.${name};
in
wrong == [ ]
|| (errors function).fail "${name} is ${shown args.${name}}, not of type ${expected}: ${remedies.${builtins.head types.${name}}}"
