# buildLayeredImage and streamLayeredImage: store paths in layers of their own.
{ pkgs, nixdock }:
let
  inherit (nixdock) buildLayeredImage streamLayeredImage;
in
rec {
  # A layer for each store path, and links to `contents` in the last one.
  layered = buildLayeredImage {
    name = "layered";
    tag = "latest";
    contents = [
      pkgs.bash
      pkgs.coreutils
      pkgs.hello
    ];
    config.Cmd = [ "hello" ];
    config.Env = [ "PATH=/bin" ];
  };

  # The same as a program that writes the archive to stdout: no archive in the store.
  streamed = streamLayeredImage {
    name = "streamed";
    contents = pkgs.hello;
    config.Cmd = [ "/bin/hello" ];
  };

  # Few layers: one for what is stable, one for what the application alone needs, one for the links.
  bulk = buildLayeredImage {
    name = "bulk";
    tag = "latest";
    maxLayers = 3;
    contents = [
      pkgs.coreutils
      pkgs.hello
    ];
    config.Cmd = [ "/bin/hello" ];
  };

  # What the graph does not tell: hello changes often, and coreutils is in a layer of its own.
  hinted = buildLayeredImage {
    name = "hinted";
    tag = "latest";
    maxLayers = 6;
    contents = [
      pkgs.bash
      pkgs.coreutils
      pkgs.hello
    ];
    layerHints = {
      often = [ pkgs.hello ];
      apart = [ pkgs.coreutils ];
    };
    config.Cmd = [ "/bin/hello" ];
  };

  # The base's layers count.
  layeredOnLayered = buildLayeredImage {
    name = "layered-on-layered";
    tag = "latest";
    fromImage = bulk;
    maxLayers = 5;
    contents = [
      pkgs.bash
      pkgs.gnugrep
    ];
    config.Cmd = [
      "/bin/bash"
      "-c"
      "hello | /bin/grep world"
    ];
    config.Env = [ "PATH=/bin" ];
  };

  # Which store paths share a layer: hello with what only it needs, the others by popularity.
  pipeline = buildLayeredImage {
    name = "pipeline";
    tag = "latest";
    contents = [
      pkgs.coreutils
      pkgs.hello
    ];
    layeringPipeline = [
      [
        "split_paths"
        [ pkgs.hello ]
      ]
      [
        "over"
        "rest"
        [ "popularity_contest" ]
      ]
      [ "flatten" ]
    ];
    config.Cmd = [ "/bin/hello" ];
  };

  # Links alone; the store comes from elsewhere, as a volume.
  withoutStorePaths = buildLayeredImage {
    name = "without-store-paths";
    tag = "latest";
    contents = pkgs.hello;
    includeStorePaths = false;
    config.Cmd = [ "/bin/hello" ];
  };

  # Who owns the store, and the times of files apart from the image's.
  layeredOwner = buildLayeredImage {
    name = "layered-owner";
    tag = "latest";
    contents = pkgs.coreutils;
    uid = 1000;
    gid = 1000;
    uname = "user";
    gname = "users";
    created = "2020-02-02T02:02:02Z";
    mtime = "2010-01-01T00:00:00Z";
    config.Cmd = [
      "/bin/stat"
      "-c"
      "%u:%g %Y"
      "/nix/store"
    ];
  };

  # Scripts: the first as the build user, the second as one that takes itself for root.
  fakeRoot = buildLayeredImage {
    name = "fake-root";
    tag = "latest";
    contents = [
      pkgs.bash
      pkgs.coreutils
    ];
    extraCommands = "mkdir -p var/data && echo made > var/data/file";
    fakeRootCommands = ''
      chown -R 999:998 var/data
      chmod 2750 var/data
      install -m 4755 ${pkgs.hello}/bin/hello bin/setuid-hello
      mkfifo -m 600 var/fifo
    '';
    config.Cmd = [
      "/bin/stat"
      "-c"
      "%n %a %u:%g %F"
      "/var/data"
      "/var/data/file"
      "/bin/setuid-hello"
      "/var/fifo"
    ];
  };

  # The script sees the future root as `/`, with the store in it.
  fakeChroot = buildLayeredImage {
    name = "fake-chroot";
    tag = "latest";
    contents = [
      pkgs.bash
      pkgs.coreutils
    ];
    enableFakechroot = true;
    fakeRootCommands = ''
      mkdir -p /srv
      echo "by $(/bin/id -u) in $PWD" > /srv/made
      chown 12:34 /srv/made
    '';
    config.Cmd = [
      "/bin/bash"
      "-c"
      "/bin/cat /srv/made && /bin/stat -c %u:%g /srv/made && /bin/ls /"
    ];
  };
}
