# A program that writes a recipe's docker-archive to stdout.
{
  buildPkgs,
  runStep,
  hook,
}:
{
  name,
  recipe,
  tag,
}:
runStep {
  inherit name;
  step = "program";
  spec = {
    shell = "${buildPkgs.bash}/bin/bash";
    path = [ "${buildPkgs.zstd.bin or buildPkgs.zstd}/bin" ];
    argv = [
      (buildPkgs.python3.interpreter or "${buildPkgs.python3}/bin/python3")
      "-I"
      "-S"
      "${hook}"
      "stream"
      "${recipe}"
    ];
    inherit tag;
  };
}
// {
  meta.mainProgram = name;
  isExe = true;
}
