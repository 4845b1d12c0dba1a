# What Go, and with it the OCI specification, calls the processor that a package set makes programs for.
# nixpkgs says it itself since 2025-05; before, only its package `go` did.
{
  stdenv,
  go ? null,
}:
let
  platform = stdenv.hostPlatform;
  table = builtins.fromJSON (builtins.readFile ../../nixdock_hook/oci/platform.json);
  processor = platform.parsed.cpu.name;
  known = table.nixWords // builtins.mapAttrs (word: _: word) table.architectures;
in
platform.go.GOARCH or known.${processor} or go.GOARCH
  or (throw "nixdock: no Go architecture is known for the processor ${processor}: give `architecture`")
