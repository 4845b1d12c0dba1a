# What the matrix moves, a JSON file of store paths: one image in two versions, of which most layers are the same.
let
  pkgs = import ../../nix/embedded { overlays = [ (import ../../nix/overlay.nix) ]; };
  image =
    tag: arguments:
    pkgs.dockerTools.buildLayeredImage (
      {
        name = "team/matrix";
        inherit tag;
        contents = [
          pkgs.busybox
          (pkgs.writeTextDir "version" tag)
        ];
        config.Cmd = [
          "/bin/busybox"
          "cat"
          "/version"
        ];
      }
      // arguments
    );
  version = tag: {
    archive = image tag { compressor = "none"; };
    archiveGzip = image tag { };
    archiveZstd = image tag { compressor = "zstd"; };
    layersGzip = image tag { layerCompression = "gzip"; };
    layersZstd = image tag { layerCompression = "zstd"; };
    inherit (image tag { }) recipe stream ociLayout;
  };
in
pkgs.writeText "matrix.json" (
  builtins.toJSON {
    first = version "1";
    second = version "2";
  }
)
