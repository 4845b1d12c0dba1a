# What nixpkgs' lib says about derivations, in part. All packages of this set have one output, `out`.
let
  inherit (builtins) parseDrvName;
  output = name: package: package.${name} or package.out or package;
in
rec {
  isDerivation = value: value.type or null == "derivation";
  isStorePath =
    value:
    if builtins.isString value || value ? outPath then
      builtins.match "${builtins.storeDir}/[^/]+" (toString value) != null
    else
      false;

  getName = package: package.pname or (parseDrvName (package.name or package)).name;
  getVersion = package: package.version or (parseDrvName (package.name or package)).version;
  getOutput = output;
  getBin = output "bin";
  getLib = output "lib";
  getDev = output "dev";
  getExe' = package: program: "${getBin package}/bin/${program}";
  getExe = package: getExe' package (package.meta.mainProgram or (getName package));
  platforms.linux = [
    "x86_64-linux"
    "aarch64-linux"
  ];
}
