# What programs expect at fixed places of a file system.
{
  pkgs,
  nixdock,
  trees,
}:
let
  inherit (nixdock) buildImage buildLayeredImage;
  inherit (trees) tools;
in
{
  # What programs expect at fixed places: /usr/bin/env, /bin/sh, root certificates.
  usrBinEnv = buildImage {
    name = "usr-bin-env";
    tag = "latest";
    copyToRoot = [
      nixdock.usrBinEnv
      tools
      (pkgs.writeScriptBin "found" ''
        #!/usr/bin/env bash
        echo "found by $0"
      '')
    ];
    config.Cmd = [ "/bin/found" ];
    config.Env = [ "PATH=/bin" ];
  };

  binSh = buildImage {
    name = "bin-sh";
    tag = "latest";
    copyToRoot = [
      nixdock.binSh
      (pkgs.writeScriptBin "script" ''
        #!/bin/sh
        echo "run by $BASH"
      '')
    ];
    config.Cmd = [ "/bin/script" ];
  };

  caCertificates = buildImage {
    name = "ca-certificates";
    tag = "latest";
    copyToRoot = [
      nixdock.caCertificates
      tools
    ];
    config.Cmd = [
      "/bin/cat"
      "/etc/ssl/certs/ca-certificates.crt"
    ];
  };

  # Users for programs that look for them in /etc/passwd: root, nobody and one of our own.
  fakeNss = buildImage {
    name = "fake-nss";
    tag = "latest";
    copyToRoot = [
      (nixdock.fakeNss.override {
        extraPasswdLines = [ "web:x:33:33:web server:/srv:/bin/sh" ];
        extraGroupLines = [ "www:x:33:" ];
      })
      tools
    ];
    config.User = "web";
    config.Cmd = [
      "/bin/bash"
      "-c"
      "/bin/id; /bin/id root; /bin/id nobody; echo ~; /bin/stat -c %F ~root"
    ];
  };

  # Users made by shadow's own tools.
  shadowSetup = buildLayeredImage {
    name = "shadow-setup";
    tag = "latest";
    contents = [
      pkgs.bash
      pkgs.coreutils
    ];
    enableFakechroot = true;
    fakeRootCommands = ''
      ${nixdock.shadowSetup}
      groupadd --gid 400 readers
      useradd --uid 401 --gid readers --home-dir /srv/books --create-home reader
    '';
    config.User = "reader";
    config.Cmd = [
      "/bin/bash"
      "-c"
      "/bin/id; cd; /bin/stat -c '%n %U:%G' $PWD"
    ];
  };
}
