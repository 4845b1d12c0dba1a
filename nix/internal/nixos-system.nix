# A NixOS system in the arguments of buildLayeredImage, as nixpkgs' images of containers have it: its init makes /etc and
# starts systemd, which SIGRTMIN+3 stops.
{ lib }:
fail: config:
if !config.boot.isContainer then
  fail "the configuration is of a machine, with a kernel: set boot.isContainer = true"
else
  {
    name = if config.networking.hostName == "" then "nixos" else config.networking.hostName;
    includeNixDB = config.nix.enable;
    tmp = true;
    # podman looks for this name before it makes /run, /tmp and cgroups what systemd needs.
    symlinks."/sbin/init" = "${config.system.build.toplevel}/init";
    directories = lib.genAttrs [ "/dev" "/etc" "/proc" "/root" "/run" "/sys" "/var" ] (_: { });
    config.Entrypoint = [ "/sbin/init" ];
    config.Env = [ "container=docker" ];
    config.StopSignal = "SIGRTMIN+3";
  }
