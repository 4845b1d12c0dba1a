# The demo: a small web server whose one page tells which layers its image is made of.
{ pkgs, nixdock }:
let
  # Two layers that seldom change: the C library, then the program on top of it (without the library: it is below).
  library = nixdock.buildImage {
    name = "nixdock-demo-library";
    config.Labels.libc = "${pkgs.glibc}";
  };
  server = nixdock.buildImage {
    name = "nixdock-demo-server";
    fromImage = library;
    config.Env = [ "PATH=${pkgs.busybox}/bin" ];
  };

  page = pkgs.runCommand "nixdock-demo-page" { } ''
    mkdir -p $out/www
    ${pkgs.buildPackages.python3}/bin/python3 ${./page.py} ${server.recipe}/image.json "Hello from nixdock" > $out/www/index.html
  '';
in
nixdock.buildImage {
  name = "nixdock-demo";
  tag = "latest";
  fromImage = server;
  copyToRoot = page;
  config = {
    Cmd = [
      "httpd"
      "-f"
      "-v"
      "-p"
      "8080"
      "-h"
      "/www"
    ];
    ExposedPorts."8080/tcp" = { };
  };
}
