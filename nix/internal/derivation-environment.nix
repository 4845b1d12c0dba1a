# What Nix would start to build a derivation, and where: derivation -> { builder; args; directory; variables; }, strings
# as the builder sees them in Nix's sandbox; without PATH and HOME, which lead nowhere there.
# Model: derivationStrict of Nix's primops.cc, and initEnv of its local-derivation-goal.cc. Classic attributes only.
{ lib, writeText }:
drv:
let
  directory = "/build";
  attributes = drv.drvAttrs;
  outputs = drv.outputs or [ "out" ];
  # Only where it is to be: an output is no input of its own build, so an image must not hold it.
  output = name: builtins.unsafeDiscardStringContext drv.${name}.outPath;

  # Paths are copied to the store, inside lists too: `toString` alone would name them where they are on this machine.
  copyPaths =
    value:
    if builtins.isPath value then
      "${value}"
    else if builtins.isList value then
      map copyPaths value
    else
      value;
  # A placeholder would become the output of whatever derivation holds it next, not of this one.
  fillIn = builtins.replaceStrings (map builtins.placeholder outputs) (map output outputs);
  asString = value: fillIn (toString (copyPaths value));
  words = text: builtins.filter (word: builtins.isString word && word != "") (builtins.split "[ \t\r\n]+" text);

  # What Nix reads itself and keeps from the builder.
  keptByNix = [
    "args"
    "__ignoreNulls"
    "__contentAddressed"
  ];
  isVariable =
    name: value: !builtins.elem name keptByNix && !(attributes.__ignoreNulls or false && value == null);

  inFiles = words (asString (attributes.passAsFile or ""));
  variable =
    name: value:
    if builtins.elem name inFiles then
      lib.nameValuePair "${name}Path" "${writeText "pass-as-file-${name}" (asString value)}"
    else
      lib.nameValuePair name (asString value);

in
{
  builder = asString attributes.builder;
  args = map asString (attributes.args or [ ]);
  inherit directory;
  variables = {
    NIX_STORE = builtins.storeDir;
    NIX_BUILD_CORES = "0"; # as many as there are where the builder runs
  }
  // lib.mapAttrs' variable (lib.filterAttrs isVariable attributes)
  // lib.genAttrs outputs output
  // lib.genAttrs [ "NIX_BUILD_TOP" "TMPDIR" "TEMPDIR" "TMP" "TEMP" "PWD" ] (_: directory)
  // {
    NIX_LOG_FD = "2";
    TERM = "xterm-256color";
  };
}
