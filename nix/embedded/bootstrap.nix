# A builder that needs nothing of the machine at build time: the host's loader, python3 and patchelf as one store path,
# laid out as under /usr. The loader is started by name, with the library path as an argument, so that nothing has to be
# patched before there is something to patch with.
#
# { platform, dpkg } ─► {
#   pythonParts           regular expression: the Debian packages that python3 consists of
#   command               shell words that start this python; a script and its arguments follow
#   run NAME SCRIPT SPEC  derivation NAME, built by the Python file SCRIPT (of ./builders), which finds SPEC as JSON in $spec
# }
{ platform, dpkg }:
let
  # Debian cuts one Python into up to six packages, named after its version.
  pythonParts = "(lib)?python3([.][0-9]+)?(-minimal|-stdlib)?";
  isPython = name: builtins.match pythonParts name != null;
  isLibrary = record: builtins.match "(.*/)?libs" record.section != null;

  root = dpkg.source "bootstrap" (
    dpkg.closure (record: isLibrary record || isPython record.name) [
      "python3"
      "patchelf"
    ]
  );
  libraries = "${root}/lib/${platform.triplet}";
  loader = "${libraries}/${platform.loader}";
  start = program: [
    loader
    "--library-path"
    libraries
    "${root}/bin/${program}"
  ];
  # -B: write no bytecode beside the sources; -S: this python has no site packages.
  python = start "python3" ++ [
    "-B"
    "-S"
  ];
in
{
  inherit pythonParts;
  command = builtins.concatStringsSep " " ([ "PYTHONHOME=${root}" ] ++ python);

  run =
    name: script: spec:
    derivation {
      inherit name;
      inherit (platform) system;
      builder = loader;
      args = builtins.tail python ++ [ "${./builders}/${script}" ];
      # Not structured attributes: PYTHONHOME must reach the builder's environment.
      PYTHONHOME = "${root}";
      patchelf = start "patchelf";
      spec = builtins.toJSON spec;
      preferLocalBuild = true;
      allowSubstitutes = false;
    };
}
