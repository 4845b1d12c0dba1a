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
        # It prints its version where it is who, and may write where, it declares.
        users.app = {
          uid = 1000;
          home = "/home/app";
          groups = [ "shared" ];
        };
        groups.shared.gid = 2000;
        defaultUser = "app";
        tmp = true;
        directories."/var/lib/app".user = "app";
        timeZone = "Asia/Tokyo";
        config.Cmd = [
          "/bin/busybox"
          "sh"
          "-ec"
          ''
            [ "$(id -u) $(id -g) $(date -d @0 +%H)" = "1000 1000 09" ]
            id -G | grep -q 2000
            touch /home/app/x /tmp/x /var/lib/app/x
            cat /version
          ''
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
