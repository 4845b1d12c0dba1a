# What one needs to work on nixdock: tests/run installs the same on Debian. docker, podman and a registry are the
# machine's own.
pkgs:
pkgs.mkShellNoCC {
  packages = [
    (pkgs.python3.withPackages (python: [
      python.mypy
      python.pytest
      python.typing-extensions
    ]))
    pkgs.ruff
    pkgs.skopeo
    pkgs.umoci
    (import ../. pkgs).cli
  ];
}
