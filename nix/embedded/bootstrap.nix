# A builder that needs nothing of the machine at build time: the host's loader, python3 and patchelf as one store path,
# laid out as under /usr. The loader is started by name, with the library path as an argument, so that nothing has to be
# patched before there is something to patch with.
#
# { platform, dpkg } ─► {
#   pythonParts           regular expression: the Debian packages that python3 consists of
#   command               shell words that start this python; a script and its arguments follow
#   run NAME SCRIPT SPEC  derivation NAME, built by the Python file SCRIPT (of ./builders); its arguments are SPEC as JSON,
#                         the result's path and the words that start patchelf
# }
{ platform, dpkg }:
let
  # Debian cuts one Python into up to six packages, named after its version.
  pythonParts = "(lib)?python3([.][0-9]+)?(-minimal|-stdlib)?";
  python3Parts = dpkg.closure (record: builtins.match pythonParts record.name != null) [ "python3" ];
  # What the programs are linked with; what only modules like ssl are linked with would triple the size.
  programs = [ "patchelf" ] ++ builtins.filter (name: builtins.match "python.*" name != null) python3Parts;

  # NB: Nix writes a source of 32 MiB or more to disk at every evaluation, where a smaller one is only hashed.
  root = dpkg.source "bootstrap" (python3Parts ++ dpkg.closure (record: record.isLibrary) programs);
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
      args =
        builtins.tail python
        ++ [
          "${./builders}/${script}"
          (builtins.toJSON spec)
          (builtins.placeholder "out")
        ]
        ++ start "patchelf";
      # Not structured attributes: PYTHONHOME must reach the builder's environment.
      PYTHONHOME = "${root}";
      preferLocalBuild = true;
      allowSubstitutes = false;
    };
}
