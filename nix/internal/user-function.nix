# A function as its users have it: it names the arguments that it does not know, lib.functionArgs says which it has, and
# what it returns can be had with other arguments, RESULT.override { … }.
{ lib, knownArguments }: function: f: lib.makeOverridable (knownArguments function f)
