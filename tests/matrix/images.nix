# What the matrix moves, a JSON file of store paths: one image in two versions, of which most layers are the same.
let
  pkgs = import ../../nix/embedded { overlays = [ (import ../../nix/overlay.nix) ]; };
  image =
    tag: compressor:
    pkgs.dockerTools.buildLayeredImage {
      name = "team/matrix";
      inherit tag compressor;
      contents = [
        pkgs.busybox
        (pkgs.writeTextDir "version" tag)
      ];
      config.Cmd = [
        "/bin/busybox"
        "cat"
        "/version"
      ];
    };
  version = tag: {
    archive = image tag "none";
    archiveGzip = image tag "gz";
    archiveZstd = image tag "zstd";
    inherit (image tag "none") recipe stream ociLayout;
  };
in
pkgs.writeText "matrix.json" (
  builtins.toJSON {
    first = version "1";
    second = version "2";
  }
)
