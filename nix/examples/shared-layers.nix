# What nix2container has: layers that images share, and `perms`.
{
  pkgs,
  nixdock,
  trees,
}:
let
  inherit (nixdock) buildImage buildLayer;
  inherit (trees) tools settings;

  libraryLayer = buildLayer { deps = [ pkgs.glibc ]; };
  toolLayer = buildLayer {
    deps = [
      pkgs.bash
      pkgs.coreutils
    ];
    layers = [ libraryLayer ];
    metadata.created_by = "the tools' team";
  };
in
{
  # Layers of their own, hashed once, whatever else changes in the images that have them.
  sharedLayers = buildImage {
    name = "shared-layers";
    tag = "latest";
    layers = [ toolLayer ];
    copyToRoot = settings;
    config.Cmd = [
      "${pkgs.bash}/bin/bash"
      "-c"
      "${pkgs.coreutils}/bin/cat /etc/example.conf; ${pkgs.hello}/bin/hello"
    ];
  };

  # Modes and owners by regular expression, while the layer is written.
  perms = buildImage {
    name = "perms";
    tag = "latest";
    copyToRoot = [
      tools
      settings
    ];
    perms = [
      {
        path = settings;
        regex = "/etc/example.conf$";
        mode = "0640";
        uid = 12;
        gid = 34;
      }
    ];
    config.Cmd = [
      "/bin/stat"
      "-c"
      "%n %a %u:%g"
      "/etc"
      "/etc/example.conf"
    ];
  };
}
