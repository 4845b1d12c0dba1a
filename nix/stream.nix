# A program that writes a recipe's docker-archive to stdout.
{
  pkgs,
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
    shell = "${pkgs.bash}/bin/bash";
    path = [ "${pkgs.zstd.bin or pkgs.zstd}/bin" ];
    argv = [
      (pkgs.python3.interpreter or "${pkgs.python3}/bin/python3")
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
