# How an error shows a value that a user gave, in one line: its text as Nix has it in quotes, else its type.
{ lib }:
let
  types = {
    int = "an int";
    null = "null";
  };
in
value:
let
  type = builtins.typeOf value;
in
if lib.isStringLike value then builtins.toJSON (toString value) else types.${type} or "a ${type}"
