# A program that runs nixdock with fixed arguments, and then with those that its user types: the package, with bin/NAME.
{
  lib,
  buildPkgs,
  hook,
  readingTools,
  runStep,
}:
{
  name,
  arguments,
  printed ? { }, # files of the package that it prints: place in the package -> its arguments
  tools ? [ ], # packages whose programs it starts; docker, podman and ctr are those of its user
  output ? { package = builtins.placeholder "out"; }, # where the step `program` puts it, and the tag that it passes
  outputs ? [ "out" ],
  result ? { }, # as run-step.nix has it
}:
runStep {
  inherit name outputs;
  step = "program";
  spec = output // {
    inherit name printed;
    shell = "${buildPkgs.bash}/bin/bash";
    path = map (tool: "${lib.getBin tool}/bin") (readingTools ++ tools);
    argv = [
      # Python prints a traceback for a signal that comes while it starts: main lets them through, once it handles them.
      "${buildPkgs.coreutils}/bin/env"
      "--block-signal=INT,TERM,HUP"
      (buildPkgs.python3.interpreter or "${buildPkgs.python3}/bin/python3")
      "-B"
      "-I"
      "-S"
      "${hook}"
    ]
    ++ arguments;
  };
  result = {
    meta.mainProgram = name;
  }
  // result;
}
