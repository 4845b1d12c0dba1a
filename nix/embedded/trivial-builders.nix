# nixpkgs' trivial builders, in part: files, scripts, one command, trees of symlinks.
{ final, bootstrap }:
let
  inherit (final) lib stdenv bash;
  shell = "${bash}/bin/bash";

  runCommand =
    name: attributes: command:
    stdenv.mkDerivation (
      {
        inherit name;
        buildCommand = command;
        passAsFile = [ "buildCommand" ] ++ attributes.passAsFile or [ ];
      }
      // removeAttrs attributes [ "passAsFile" ]
    );
  local = {
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
  runCommandLocal =
    name: attributes:
    runCommand name (attributes // local);

  # A tree of symlinks; `directories` says whether a directory that only one of `paths` has is made, or linked as a whole.
  linkTree =
    directories: arguments:
    let
      name = arguments.name or "${arguments.pname}-${arguments.version}";
      spec = builtins.toJSON {
        inherit directories;
        inherit (arguments) paths;
        pathsToLink = arguments.pathsToLink or [ "/" ];
        ignoreCollisions = arguments.ignoreCollisions or directories; # as lndir, which makes nixpkgs' symlinkJoin
      };
    in
    runCommandLocal name
      {
        inherit spec;
        passAsFile = [ "spec" ];
        nativeBuildInputs = arguments.nativeBuildInputs or [ ];
        buildInputs = arguments.buildInputs or [ ];
        meta = arguments.meta or { };
        passthru = { inherit (arguments) paths; } // arguments.passthru or { };
      }
      ''
        ${bootstrap.command} ${./builders}/link_tree.py "$specPath" "$out"
        ${arguments.postBuild or ""}
      '';
in
rec {
  inherit runCommand runCommandLocal;
  runtimeShell = shell;

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      ...
    }:
    runCommandLocal name
      {
        inherit text meta passthru;
        passAsFile = [ "text" ];
      }
      ''
        target=$out${lib.escapeShellArg destination}
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        ${lib.optionalString executable ''chmod +x "$target"''}
        ${checkPhase}
      '';

  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    writeTextFile {
      inherit text;
      name = baseNameOf path;
      destination = "/${path}";
    };
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };
  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!${shell}\n${text}\n";
      executable = true;
      checkPhase = ''${shell} -n -O extglob "$target"'';
    };
  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!${shell}\n${text}\n";
      executable = true;
      destination = "/bin/${name}";
      checkPhase = ''${shell} -n -O extglob "$target"'';
      meta.mainProgram = name;
    };

  symlinkJoin = linkTree true;
  buildEnv = lib.makeOverridable (linkTree false);
  emptyDirectory = runCommandLocal "empty-directory" { } "mkdir $out";
}
