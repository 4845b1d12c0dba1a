# How an error shows a value that a user gave: its text in quotes, else its type.
{ isStringLike }:
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
if isStringLike value then "\"${toString value}\"" else types.${type} or "a ${type}"
