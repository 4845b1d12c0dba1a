# The tests of an image, `passthru.tests`: `hardened`, a derivation; `structure` and `run`, functions for what its user
# expects of it.
{
  lib,
  buildPkgs,
  checkedEntries,
  declaredKeys,
  errors,
  knownArguments,
  runStep,
  shown,
  wellTyped,
}:
{
  baseName,
  recipe,
  imageName,
  imageTag,
  copyToDockerDaemon,
  copyToPodman,
  ...
}:
let
  check =
    name: spec:
    runStep {
      name = "${baseName}-${name}";
      step = "check-image";
      spec = {
        recipe = "${recipe}";
        hardened = false;
        files = [ ];
        commands = [ ];
        shell = "${buildPkgs.bash}/bin/bash";
      }
      // spec;
      tools = [
        buildPkgs.coreutils
        buildPkgs.findutils
        buildPkgs.util-linux
        buildPkgs.fakeroot
      ];
    };

  maybe = type: example: {
    default = null;
    types = [
      type
      "null"
    ];
    inherit example;
  };
  kinds = [
    "file"
    "directory"
    "symlink"
    "fifo"
    "char"
    "block"
  ];
  expected = checkedEntries {
    function = "tests.structure";
    argument = "files";
    isName = path: path == "/" || declaredKeys.isAbsolute path;
    nameRemedy = "write an absolute path, without . and .. and without / at its end";
    keys = {
      exists = {
        default = true;
        types = [ "bool" ];
        example = "true or false";
      };
      type = maybe "string" "\"file\", \"directory\" or \"symlink\"" // {
        is = type: type == null || builtins.elem type kinds;
      };
      mode = declaredKeys.mode null // {
        inherit (maybe "string" "") types;
        is = mode: mode == null || declaredKeys.isMode mode;
      };
      uid = maybe "int" "a number";
      gid = maybe "int" "a number";
      target = maybe "string" "what the symlink holds";
      contains = maybe "string" "text in the file";
    };
  };
  # podman puts localhost/ before a name without a host.
  podmanName =
    if builtins.match "([^/]*[.:][^/]*|localhost)/.*" imageName == null then "localhost/${imageName}" else imageName;

  inherit (errors "tests.structure") fail;
  command =
    given:
    let
      isSet = builtins.isAttrs given && !lib.isStringLike given;
      unknown = if isSet then builtins.attrNames (removeAttrs given [ "command" "prints" ]) else [ ];
      words = if isSet then given.command or null else given;
      prints = if isSet then given.prints or "" else "";
    in
    if unknown != [ ] then
      fail "commands has a set with ${builtins.head unknown}: it has command and prints"
    else if !builtins.isString prints then
      fail "prints is ${shown prints}: write the text in quotes"
    else if builtins.isString words && words != "" then
      {
        code = words;
        inherit prints;
      }
    else if builtins.isList words && words != [ ] && builtins.all lib.isStringLike words then
      {
        code = lib.escapeShellArgs (map (word: "${word}") words);
        inherit prints;
      }
    else
      fail "commands has ${shown words}: write bash code in quotes, a list of words, or { command = …; prints = …; }";
  function =
    name: types: f:
    knownArguments name (lib.setFunctionArgs (given: assert wellTyped name types given; f given) (lib.functionArgs f));
in
{
  hardened = check "hardened" { hardened = true; };

  structure = function "tests.structure" { files = [ "set" ]; commands = [ "list" ]; } (
    {
      files ? { },
      commands ? [ ],
    }:
    check "structure" {
      files = map (entry: removeAttrs entry [ "argument" "name" ] // { path = entry.name; }) (expected files);
      commands = map command commands;
    }
  );

  run = function "tests.run" { script = [ "string" ]; } (
    {
      script ? (errors "tests.run").fail "there is no script: write script = \"run COMMAND\"",
    }:
    buildPkgs.writeShellScriptBin "test-${baseName}" ''
      # Loads the image and runs a script, which has $runtime and $image, and whose containers are its own to remove.
      set -euo pipefail
      runtime=''${NIXDOCK_RUNTIME:-}
      for one in docker podman; do
        [ -n "$runtime" ] || ! command -v "$one" > /dev/null || runtime=$one
      done
      image=${imageName}:${imageTag}
      case $runtime in
        docker) ${copyToDockerDaemon} ;;
        podman) ${copyToPodman}; image=${podmanName}:${imageTag} ;;
        *) echo "nixdock: error: there is neither docker nor podman in PATH: install one" >&2; exit 1 ;;
      esac
      run() { "$runtime" run --rm "$image" "$@"; }
      ${script}
    ''
  );
}
