# One small image for every feature; tests/system runs each of them.
{ pkgs, nixdock }:
let
  inherit (nixdock)
    buildImage
    buildLayer
    buildLayeredImage
    streamLayeredImage
    buildImageWithNixDb
    buildLayeredImageWithNixDb
    mergeImages
    buildIndex
    exportImage
    buildNixShellImage
    streamNixShellImage
    ;

  # Trees as users have them: a package's own tree, and links into packages.
  tools = pkgs.buildEnv {
    name = "example-tools";
    paths = [
      pkgs.bash
      pkgs.coreutils
    ];
    pathsToLink = [ "/bin" ];
  };
  libraryLayer = buildLayer { deps = [ pkgs.glibc ]; };
  toolLayer = buildLayer {
    deps = [
      pkgs.bash
      pkgs.coreutils
    ];
    layers = [ libraryLayer ];
    metadata.created_by = "the tools' team";
  };
  settings = pkgs.writeTextDir "etc/example.conf" "answer = 42\n";

  # Something to build inside a container.
  greeting = pkgs.stdenvNoCC.mkDerivation {
    name = "greeting";
    buildInputs = [ pkgs.hello ];
    text = "from a file";
    passAsFile = [ "text" ];
    shellHook = ''echo "shellHook: $(hello) $(cat $textPath)"'';
    buildCommand = ''
      mkdir $out
      { hello; cat $textPath; echo; } > $out/greeting
    '';
  };

  # What one needs to build in a container of an image with a Nix database.
  nixTools = [
    pkgs.nix
    pkgs.bash
    pkgs.coreutils
  ];
  nixSettings = {
    Cmd = [
      "nix-store"
      "--verify"
      "--check-contents"
    ];
    Env = [
      "PATH=/bin"
      "USER=root"
      "HOME=/tmp"
      # There are no build users, and a container may have no sandbox of its own.
      "NIX_CONFIG=build-users-group =\nsandbox = false\nsubstituters ="
      "NIX_LIBEXEC_DIR=${pkgs.nix}/libexec" # Debian's looks below /usr
    ];
  };
in
rec {
  demo = import ./demo/image.nix { inherit pkgs nixdock; };

  # A program and its closure: nothing else is in the image.
  hello = buildImage {
    name = "hello";
    tag = "latest";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  # Trees at /, of which the later one wins.
  shell = buildImage {
    name = "shell";
    tag = "latest";
    copyToRoot = [
      tools
      settings
    ];
    config = {
      Cmd = [ "/bin/bash" ];
      Env = [
        "PATH=/bin"
        "COLOUR=green"
      ];
      WorkingDir = "/etc";
      Labels.purpose = "a base with a shell";
    };
  };

  # On an image of ours: its recipe is used, nothing is unpacked. Of its config only Env is inherited, as in dockerTools.
  onRecipe = buildImage {
    name = "on-recipe";
    tag = "latest";
    fromImage = shell;
    copyToRoot = pkgs.writeTextDir "etc/more.conf" "more = 1\n";
    config = {
      Env = [ "COLOUR=blue" ];
      Cmd = [
        "/bin/bash"
        "-c"
        "echo $COLOUR; cat /etc/example.conf /etc/more.conf"
      ];
    };
  };

  # On an archive, as pullImage or `docker save` make it.
  onArchive = buildImage {
    name = "on-archive";
    tag = "latest";
    fromImage = "${shell}";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  # The base's Cmd, WorkingDir and Labels as well.
  inheritAll = buildImage {
    name = "inherit-all";
    tag = "latest";
    fromImage = shell;
    inheritConfig = "all";
    config.Labels.added = "here";
  };

  inheritNone = buildImage {
    name = "inherit-none";
    tag = "latest";
    fromImage = shell;
    inheritConfig = "none";
    config.Cmd = [
      "/bin/bash"
      "-c"
      "echo COLOUR=$COLOUR"
    ];
  };

  # A script in the future root, before it is packed; what its result mentions is in the image.
  scripted = buildImage {
    name = "scripted";
    tag = "latest";
    copyToRoot = [
      tools
      settings
    ];
    extraCommands = ''
      mkdir -m 1777 tmp
      echo "answer = 43" >> etc/added.conf
      chmod 600 etc/added.conf
      ln -s ${pkgs.hello}/bin/hello bin/hello
    '';
    config.Cmd = [
      "/bin/bash"
      "-c"
      "stat -c '%a %U %n' /tmp /etc/added.conf; cat /etc/added.conf; hello"
    ];
    config.Env = [ "PATH=/bin" ];
  };

  # An existing link to a directory is kept, and later trees are written through it.
  dirlinks = buildImage {
    name = "dirlinks";
    tag = "latest";
    copyToRoot = [
      (pkgs.runCommand "usr-merged" { } ''
        mkdir -p $out/usr/bin
        ln -s usr/bin $out/bin
      '')
      tools
    ];
    keepContentsDirlinks = true;
    config.Cmd = [
      "/usr/bin/bash"
      "-c"
      "/usr/bin/ls -ld /bin"
    ];
  };

  owned = buildImage {
    name = "owned";
    tag = "latest";
    copyToRoot = tools;
    uid = 1000;
    gid = 1000;
    uname = "user";
    gname = "users";
    config = {
      User = "1000:1000";
      Cmd = [
        "/bin/stat"
        "-c"
        "%u:%g"
        "/bin/bash"
      ];
    };
  };

  # A name with a registry, a path and upper case; no tag: the hash of the output's store path.
  named = buildImage {
    name = "registry.example:5000/Team/Named";
    created = "2001-02-03T04:05:06Z";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  uncompressed = buildImage {
    name = "uncompressed";
    tag = "latest";
    compressor = "none";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  zstd = buildImage {
    name = "zstd";
    tag = "latest";
    compressor = "zstd";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

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

  # Few layers: one for the most popular path, one for all others, one for the links.
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

  # Two images in one archive: a base is picked from it with fromImageName and fromImageTag.
  merged = mergeImages [
    hello
    shell
  ];

  # The root file system of an image's containers, as `docker import` takes it.
  exported = exportImage { fromImage = scripted; };

  # The build environment of a derivation, with `buildDerivation` in it.
  nixShell = streamNixShellImage {
    drv = greeting;
    tag = "latest";
  };

  nixShellCommand = streamNixShellImage {
    drv = greeting;
    name = "nix-shell-command";
    tag = "latest";
    command = "case $- in *i*) echo interactive ;; *) echo not interactive ;; esac";
  };

  nixShellRun = buildNixShellImage {
    drv = greeting;
    name = "nix-shell-run";
    tag = "latest";
    uid = 1234;
    gid = 56;
    homeDirectory = "/home/builder";
    run = ''
      case $- in *i*) echo interactive ;; *) echo not interactive ;; esac
      buildDerivation
      cat $out/greeting
      touch ~/writable
      stat -c '%n %U %u:%g' ~/writable /nix/store /build
    '';
  };

  # A script that is root in the finished file system, without a VM.
  runAsRoot = buildImage {
    name = "run-as-root";
    tag = "latest";
    fromImage = scripted;
    copyToRoot = pkgs.writeTextDir "etc/late.conf" "late = 1\n";
    runAsRoot = ''
      set -x
      mkdir -p /data
      chown 999:999 /data
      chmod 2750 /data
      echo "$(id -u) $PWD" > /data/who
      rm /etc/example.conf
      mv /etc/added.conf /etc/moved.conf
      ln -s ${pkgs.hello}/bin/hello /bin/greet
      /bin/bash -c "echo run by the bash of the base"
    '';
    extraCommands = "echo after > data/after";
    config.Env = [ "PATH=/bin" ];
    config.Cmd = [
      "/bin/bash"
      "-c"
      "stat -c '%n %a %u:%g' /data /data/who /etc/moved.conf; cat /data/who /data/after; ls /etc; greet"
    ];
  };

  # An image that Nix works in: it knows all store paths that are there, and takes none of them for garbage.
  nix = buildImageWithNixDb {
    name = "nix";
    tag = "latest";
    copyToRoot = pkgs.buildEnv {
      name = "nix-tools";
      paths = nixTools;
      pathsToLink = [ "/bin" ];
    };
    extraCommands = "mkdir -m 1777 tmp";
    config = nixSettings;
  };

  nixLayered = buildLayeredImageWithNixDb {
    name = "nix-layered";
    tag = "latest";
    contents = nixTools;
    extraCommands = "mkdir -m 1777 tmp";
    config = nixSettings;
  };

  # Its database knows the base's store paths as well.
  nixOnNixBase = buildImageWithNixDb {
    name = "nix-on-nix-base";
    tag = "latest";
    fromImage = nixLayered;
    copyToRoot = pkgs.buildEnv {
      name = "more-tools";
      paths = [ pkgs.hello ];
      pathsToLink = [ "/bin" ];
    };
    config = {
      inherit (nixSettings) Cmd;
    };
  };

  # Store and database belong to the user who runs Nix.
  nixUser = buildLayeredImageWithNixDb {
    name = "nix-user";
    tag = "latest";
    contents = nixTools;
    uid = 1000;
    gid = 1000;
    uname = "user";
    gname = "users";
    extraCommands = "mkdir tmp";
    config = nixSettings // {
      User = "1000:1000";
    };
  };

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

  # One name for several platforms. With a cross package set's functions (`nixdock.lib pkgsCross.…`) each image gets
  # programs of its own platform; these have none.
  index = buildIndex {
    name = "index";
    tag = "latest";
    images =
      map
        (
          architecture:
          buildImage {
            name = "index-${architecture}";
            inherit architecture;
            copyToRoot = pkgs.writeTextDir "etc/platform" architecture;
          }
        )
        [
          "amd64"
          "arm64"
        ];
  };

  # A service with a user of its own, made by root's tools.
  redis = buildImage {
    name = "redis";
    tag = "latest";
    copyToRoot = pkgs.buildEnv {
      name = "redis-root";
      paths = [
        pkgs.redis
        pkgs.bash
        pkgs.coreutils
      ];
      pathsToLink = [ "/bin" ];
    };
    runAsRoot = ''
      ${nixdock.shadowSetup}
      groupadd --system redis
      useradd --system --gid redis --home-dir /data --no-create-home redis
      mkdir /data
      chown redis:redis /data
    '';
    config = {
      Cmd = [ "/bin/redis-server" ];
      User = "redis";
      WorkingDir = "/data";
      Volumes."/data" = { };
      ExposedPorts."6379/tcp" = { };
    };
  };
}
