# Whether "${value}" is a string: as nixpkgs' lib.isStringLike, which is younger than package sets that we work with.
value: builtins.isString value || builtins.isPath value || value ? outPath || value ? __toString
