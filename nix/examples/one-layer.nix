# buildImage without a base: one layer with everything.
{
  pkgs,
  nixdock,
  trees,
}:
let
  inherit (nixdock) buildImage;
  inherit (trees) tools settings;
in
{
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
