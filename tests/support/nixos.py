"""A NixOS configuration of our own, with the attributes that real ones have: nixpkgs' modules are not at hand."""

NIXOS = """(more: let
  inherit (pkgs) lib;
  path = [ pkgs.coreutils systemd ];
  systemd = pkgs.writeTextDir "bin/systemctl" "systemd, which no image of a service has";
  unit = given: {
    inherit path;
    environment = { PATH = "${lib.makeBinPath path}:${lib.makeSearchPath "sbin" path}"; } // given.environment or { };
    serviceConfig = removeAttrs given [ "environment" ];
  };
  init = pkgs.writeShellScript "init" ''
    trap 'echo stopped; exit 0' RTMIN+3
    echo "$0 in $container"
    while :; do ${pkgs.coreutils}/bin/sleep 0.1; done
  '';
  base = {
    boot.isContainer = true;
    networking.hostName = "box";
    nix.enable = true;
    users = { users.root = { uid = 0; group = "root"; home = "/root"; }; groups.root.gid = 0; };
    environment.etc = lib.mapAttrs (target: file: { inherit target; enable = true; } // file) {
      "web/settings".source = pkgs.writeText "settings" "blue";
      "web/secret" = { enable = false; source = pkgs.writeText "secret" ""; };
      "webmaster".source = pkgs.writeText "webmaster" "";
      "ssl/certs/ca-bundle.crt".source = pkgs.writeText "bundle" "certificates";
    };
    systemd = { package = systemd; sockets = { }; globalEnvironment.TZDIR = "/zones"; };
    system.build.toplevel = pkgs.runCommand "nixos-system" { } "mkdir $out; ln -s ${init} $out/init";
  };
in {
  config = lib.recursiveUpdate (lib.recursiveUpdate base (removeAttrs more [ "services" ])) {
    systemd.services = lib.mapAttrs (_: unit) more.services or { };
  };
})"""
"""A function: parts of a configuration, and `services`, each the serviceConfig of its unit with its `environment`."""
