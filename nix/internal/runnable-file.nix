# A command as a file that one can run, as dockerTools' streams are: $(nix-build -A image.stream). lib.getExe and `nix run`
# start it too, although they look for bin/NAME in a directory, which a file cannot be. So there are two outputs, the file
# `out` and the package `bin`: as a string the derivation is the file, and nix-build gives the file. Its `outPath` is the
# package, which `nix run` reads there, or with fileFirst the file, as others read it that take dockerTools' streams.
{ command }:
{
  name,
  fileFirst ? false,
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
  removeAttrs arguments [ "fileFirst" ]
  // {
    # The first one is outPath.
    outputs =
      if fileFirst then
        [
          "out"
          "bin"
        ]
      else
        [
          "bin"
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
