# What differs between the machine types: system ─► the names Debian, the loader and Go use for it.
# The only place where a triplet, a loader or an architecture is written down.
system:
let
  platforms = {
    x86_64-linux = {
      cpu = "x86_64";
      debianArchitecture = "amd64";
      triplet = "x86_64-linux-gnu";
      loader = "ld-linux-x86-64.so.2";
      goArchitecture = "amd64";
    };
    aarch64-linux = {
      cpu = "aarch64";
      debianArchitecture = "arm64";
      triplet = "aarch64-linux-gnu";
      loader = "ld-linux-aarch64.so.1";
      goArchitecture = "arm64";
    };
  };
  known = builtins.concatStringsSep ", " (builtins.attrNames platforms);
in
(platforms.${system}
  or (throw "nixdock: no embedded packages for the system '${system}' in nix/embedded/platform.nix: use nixpkgs, or one of ${known}")
)
// {
  inherit system;
}
