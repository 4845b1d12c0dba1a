# What Go, and with it the OCI specification, calls the processor that a package set makes programs for.
# nixpkgs says it itself since 2025-05; before, only its package `go` did.
{ pkgs }:
let
  platform = pkgs.stdenv.hostPlatform;
  architectures = {
    aarch64 = "arm64";
    aarch64_be = "arm64be";
    arm = "arm";
    armv5tel = "arm";
    armv6l = "arm";
    armv7a = "arm";
    armv7l = "arm";
    i386 = "386";
    i486 = "386";
    i586 = "386";
    i686 = "386";
    loongarch64 = "loong64";
    mips = "mips";
    mips64 = "mips64";
    mips64el = "mips64le";
    mipsel = "mipsle";
    powerpc64 = "ppc64";
    powerpc64le = "ppc64le";
    riscv64 = "riscv64";
    s390x = "s390x";
    wasm32 = "wasm";
    x86_64 = "amd64";
  };
  processor = platform.parsed.cpu.name;
in
platform.go.GOARCH or architectures.${processor} or pkgs.go.GOARCH
  or (throw "nixdock: no Go architecture is known for the processor ${processor}: give `architecture`")
