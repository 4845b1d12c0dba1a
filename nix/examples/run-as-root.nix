# runAsRoot: scripts that are root in the finished file system, without a VM.
{
  pkgs,
  nixdock,
  examples,
}:
let
  inherit (nixdock) buildImage;
  inherit (examples) scripted;
in
{
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
