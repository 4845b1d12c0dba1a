# A command as a file that one can run, as dockerTools' streams are: $(nix-build -A image.stream). `nix run` and
# lib.getExe start it too, although they look for bin/NAME in a directory, which a file cannot be. So there are two
# outputs, the file `out` and the package `bin`: as a string the derivation is the file, and nix-build gives the file;
# its `outPath`, which `nix run` reads, is the package.
{ command }:
arguments:
let
  program = command (
    arguments
    // {
      outputs = [
        "out"
        "bin"
      ];
      output = arguments.output or { } // {
        file = builtins.placeholder "out";
        package = builtins.placeholder "bin";
      };
    }
  );
in
program
// {
  # No mainProgram: whoever reads it looks for it in what nix-build gives. `nix run` takes pname instead.
  meta.outputsToInstall = [ "out" ];
  pname = program.name;
  outPath = program.bin.outPath;
  __toString = _: program.out.outPath;
}
