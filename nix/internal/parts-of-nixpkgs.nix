# What nixpkgs' images are made of, for those who build on it: its own, ours are made otherwise.
# nixpkgs' dockerTools -> { tarsum, … }
dockerTools:
let
  names = [
    "mergeDrvs"
    "mkPureLayer"
    "mkRootLayer"
    "runWithOverlay"
    "shellScript"
    "tarsum"
  ];
  part = name: {
    inherit name;
    value =
      dockerTools.${name}
        or (throw "nixdock: ${name} is a part of nixpkgs' dockerTools, which this package set lacks: use nixpkgs for it");
  };
in
builtins.listToAttrs (map part names)
