# One small image for every feature; tests/system runs each of them.
{ pkgs, nixdock }:
let
  inherit (nixdock) buildImage;

  # Trees as users have them: a package's own tree, and links into packages.
  tools = pkgs.buildEnv {
    name = "example-tools";
    paths = [
      pkgs.bash
      pkgs.coreutils
    ];
    pathsToLink = [ "/bin" ];
  };
  settings = pkgs.writeTextDir "etc/example.conf" "answer = 42\n";
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
}
