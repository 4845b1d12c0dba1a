# stdenv: a shell with the usual tools, no compiler. mkDerivation is in make-derivation.nix.
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

  mkDerivation = import ./make-derivation.nix {
    inherit lib stdenv setup;
    inherit (platform) system;
    shell = "${bash}/bin/bash";
  };

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
