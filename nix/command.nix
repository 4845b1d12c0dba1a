# A program that runs nixdock with fixed arguments, and then with those that its user types.
{
  pkgs,
  buildPkgs,
  runStep,
  hook,
}:
{
  name,
  arguments,
  tools ? [ ], # packages whose programs it starts; docker, podman and ctr are those of its user
  output ? { bin = name; }, # where the step `program` puts it, and the tag that it passes
  result ? { }, # as run-step.nix has it
}:
runStep {
  inherit name;
  step = "program";
  spec = output // {
    shell = "${buildPkgs.bash}/bin/bash";
    path = map (tool: "${pkgs.lib.getBin tool}/bin") ([ buildPkgs.zstd ] ++ tools);
    argv = [
      (buildPkgs.python3.interpreter or "${buildPkgs.python3}/bin/python3")
      "-I"
      "-S"
      "${hook}"
    ]
    ++ arguments;
  };
  # A file that is the program itself has no name in a directory bin that lib.getExe could give.
  result = result // {
    meta = (if output ? bin then { mainProgram = output.bin; } else { }) // result.meta or { };
  };
}
