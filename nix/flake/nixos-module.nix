# For NixOS: virtualisation.oci-containers.containers.NAME.nixdock = IMAGE takes the place of image, imageFile and
# imageStream. Before the container starts, docker or podman gets of the image the layers that it lacks, and no archive.
{ config, lib, ... }:
let
  inherit (config.virtualisation.oci-containers) backend containers;
  copyTo = {
    docker = "copyToDockerDaemon";
    podman = "copyToPodman";
  };
  container =
    { config, ... }:
    {
      options.nixdock = lib.mkOption {
        type = lib.types.nullOr lib.types.package;
        default = null;
        description = "The container's image, a result of nixdock's functions: of it what is not there yet is copied.";
        example = lib.literalExpression ''nixdock.buildImage { name = "hello"; copyToRoot = pkgs.hello; }'';
      };
      config.image = lib.mkIf (config.nixdock != null) "${config.nixdock.imageName}:${config.nixdock.imageTag}";
    };
  service =
    name: container:
    lib.nameValuePair (container.serviceName or "${backend}-${name}") {
      serviceConfig.ExecStartPre = lib.mkBefore [ "${container.nixdock.${copyTo.${backend}}}" ];
    };
in
{
  options.virtualisation.oci-containers.containers = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule container);
  };
  config.systemd.services = lib.mapAttrs' service (lib.filterAttrs (_: container: container.nixdock != null) containers);
}
