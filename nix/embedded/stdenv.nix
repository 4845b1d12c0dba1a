# stdenv: a shell with the usual tools, no compiler. `mkDerivation` runs setup.sh's genericBuild.
{ final, platform }:
let
  inherit (final) lib bash coreutils;

  hostPlatform = {
    inherit (platform) system triplet;
    isLinux = true;
    isDarwin = false;
    isx86_64 = platform.cpu == "x86_64";
    isAarch64 = platform.cpu == "aarch64";
    parsed.cpu.name = platform.cpu;
    parsed.kernel.name = "linux";
    config = "${platform.cpu}-unknown-linux-gnu";
    go.GOARCH = platform.goArchitecture;
    go.GOOS = "linux";
  };

  initialPath = [
    bash
    coreutils
    final.diffutils
    final.findutils
    final.gawk
    final.gnugrep
    final.gnused
    final.gnutar
    final.gzip
  ];

  setup = derivation {
    name = "stdenv-linux";
    inherit (platform) system;
    builder = "${bash}/bin/bash";
    args = [
      "-ec"
      ''
        PATH=${coreutils}/bin
        mkdir $out
        { echo "initialPath='$initialPath' SHELL=$shell"; cat $setup; } > $out/setup
      ''
    ];
    inherit initialPath;
    shell = "${bash}/bin/bash";
    setup = ./setup.sh;
    preferLocalBuild = true;
    allowSubstitutes = false;
  };

  mkDerivation =
    attributes:
    let
      given = if builtins.isFunction attributes then lib.fix attributes else attributes;
      name = given.name or "${given.pname}-${given.version}";
      build = removeAttrs given [
        "meta"
        "passthru"
      ];
      package = derivation (
        {
          inherit (platform) system;
          stdenv = setup;
          builder = "${bash}/bin/bash";
          args = [
            "-c"
            "source ${setup}/setup; genericBuild"
          ];
        }
        // build
        // {
          inherit name;
        }
      );
    in
    package
    // {
      inherit stdenv;
      meta = given.meta or { };
      passthru = given.passthru or { };
      overrideAttrs =
        change:
        let
          changes = if builtins.isFunction (change given) then change given given else change given;
        in
        mkDerivation (given // changes);
    }
    // given.passthru or { };

  stdenv = setup // {
    inherit mkDerivation hostPlatform initialPath;
    inherit (platform) system;
    buildPlatform = hostPlatform;
    targetPlatform = hostPlatform;
    shell = "${bash}/bin/bash";
    isLinux = true;
    isDarwin = false;
  };
in
stdenv
