# A command as a file that one can run, as dockerTools' streams are: $(nix-build -A image.stream). `nix run` and
# lib.getExe start it too, although they look for bin/NAME in a directory, which a file cannot be. So there are two
# outputs, the file `out` and the package `bin`: as a string the derivation is the file, and nix-build gives the file;
# its `outPath`, which `nix run` reads, is the package.
{ command }:
{
  name,
  output ? { },
  result ? { },
  ...
}@arguments:
let
  passthru = package: {
    pname = name; # of the program, for `nix run`
    outputName = "out"; # for nix-build
    __toString = self: if self.outputSpecified or false then self.outPath else package.out.outPath;
  };
in
command (
  arguments
  // {
    outputs = [
      "bin" # the first one is outPath
      "out"
    ];
    output = output // {
      file = builtins.placeholder "out";
      package = builtins.placeholder "bin";
    };
    result = result // {
      # No mainProgram: what has one is a package for those who read it.
      meta = {
        outputsToInstall = [ "out" ];
      }
      // result.meta or { };
      passthru = package: passthru package // (result.passthru or (_: { })) package;
    };
  }
)
