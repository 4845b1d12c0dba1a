# What everybody writes by hand, declared: users, /tmp, certificates, a time zone, capabilities, a health check.
{
  pkgs,
  nixdock,
  examples,
}:
let
  inherit (nixdock) buildImage buildLayeredImage;
in
{
  # A service that is nobody's root: it may write where it has to, and listens on port 80.
  service = buildLayeredImage {
    name = "service";
    tag = "latest";
    contents = [ pkgs.busybox ];
    users.app = {
      uid = 1000;
      home = "/home/app";
      groups = [ "shared" ];
    };
    groups.shared.gid = 2000;
    defaultUser = "app";
    tmp = true;
    directories."/var/lib/app".user = "app";
    files."/srv/index.html".text = "hello\n";
    capabilities."/bin/httpd" = "cap_net_bind_service+ep";
    certificates = true;
    timeZone = "Europe/Berlin";
    locale = "C.UTF-8";
    init = true;
    healthcheck = {
      command = [
        "/bin/wget"
        "-qO/dev/null"
        "http://127.0.0.1/"
      ];
      interval = 1;
      retries = 30;
    };
    labels = { };
    annotations."org.opencontainers.image.version" = "1.0";
    meta.description = "A service of nobody's root";
    config.Cmd = [
      "/bin/httpd"
      "-f"
      "-p"
      "80"
      "-h"
      "/srv"
    ];
  };

  # On a base: its users stay, and a script finds what is declared.
  declaredOnBase = buildImage {
    name = "declared-on-base";
    tag = "latest";
    fromImage = examples.service;
    users.worker = {
      uid = 1001;
      home = "/home/worker";
    };
    defaultUser = "worker";
    shell = true;
    symlinks."/srv/greeting.txt" = "index.html";
    extraCommands = ''
      grep worker etc/passwd > srv/who
    '';
    config.Cmd = [
      "/bin/sh"
      "-c"
      "cat /srv/greeting.txt /srv/who; cd && pwd && /usr/bin/env stat -c '%a %u:%g' . /tmp"
    ];
  };
}
