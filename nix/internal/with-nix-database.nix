# The function, under another name, that makes the same image with a Nix database in it.
{ lib, userFunction }:
function: make:
userFunction function (lib.setFunctionArgs (given: make (given // { includeNixDB = true; })) (lib.functionArgs make))
