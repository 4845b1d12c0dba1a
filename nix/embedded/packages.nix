# The packages as data: nixpkgs' attribute name ─► what of Debian it is made of (see debian-package.nix for the words).
# `pname` is the attribute's name and `debian` is the package of that name, where nothing else is said.
{ final, pythonParts }:
{
  bash.links."bin/sh" = "bash";
  coreutils.mainProgram = null;
  curl = { };
  diffutils.mainProgram = "diff";
  findutils.mainProgram = "find";
  gawk.links."bin/awk" = "gawk";
  gnugrep = {
    debian = [ "grep" ];
    inputs = [ final.bash ];
    replace."bin/egrep"."exec grep" = "exec @out@/bin/grep";
    replace."bin/fgrep"."exec grep" = "exec @out@/bin/grep";
    mainProgram = "grep";
  };
  gnused = {
    debian = [ "sed" ];
    mainProgram = "sed";
  };
  gnutar = {
    debian = [ "tar" ];
    mainProgram = "tar";
  };
  gzip.inputs = [ final.bash ];
  hello = { };
  hostname = { };
  iana-etc = {
    debian = [ "netbase" ];
    etc = [
      "protocols"
      "services"
    ];
    mainProgram = null;
  };
  libdeflate = {
    debian = [ "libdeflate0" ];
    mainProgram = null;
  };
  nginx = {
    debian = [
      "nginx"
      "nginx-common"
    ];
    etc = [
      "nginx/fastcgi_params"
      "nginx/mime.types"
    ];
    links.conf = "etc/nginx";
  };
  nix.debian = [ "nix-bin" ];
  python3 = {
    absorb = pythonParts;
    links."bin/python" = "python3";
    passthru.interpreter = "${final.python3}/bin/python3";
  };
  rsync = { };
  redis = {
    debian = [
      "redis-server"
      "redis-tools"
    ];
    mainProgram = "redis-cli";
  };
  shadow = {
    debian = [
      "passwd"
      "login"
    ];
    mainProgram = null;
  };
  tini = { };
  tzdata.mainProgram = null;
  zstd.debian = [
    "zstd"
    "libzstd1" # nixdock calls it, too
  ];

  # What makes namespaces and mounts, for scripts that run with a root of their own.
  util-linux = {
    debian = [
      "util-linux"
      "mount"
    ];
    only = [
      "bin/unshare"
      "bin/mount"
      "bin/umount"
    ];
    mainProgram = null;
  };

  # Of util-linux only this: the rest would bring a dozen libraries into fakeroot's closure.
  getopt = {
    debian = [ "util-linux" ];
    only = [ "bin/getopt" ];
  };
  # Debian's script looks for its parts under /usr and for its tools in PATH.
  fakeroot = {
    debian = [
      "fakeroot"
      "libfakeroot"
    ];
    inputs = [ final.bash ];
    links."bin/fakeroot" = "fakeroot-sysv";
    links."bin/faked" = "faked-sysv";
    only = [
      "bin/fakeroot"
      "bin/fakeroot-sysv"
      "bin/faked"
      "bin/faked-sysv"
      "lib/libfakeroot/libfakeroot-sysv.so"
    ];
    replace."bin/fakeroot-sysv" = {
      "FAKEROOT_BINDIR=/usr/bin" = "FAKEROOT_BINDIR=@out@/bin";
      "FAKEROOT_PREFIX=/usr" = "FAKEROOT_PREFIX=@out@";
      "/usr/lib/${final.stdenv.hostPlatform.triplet}/libfakeroot" = "@out@/lib/libfakeroot";
      "`getopt " = "`${final.getopt}/bin/getopt ";
      "| sed " = "| ${final.gnused}/bin/sed ";
      "|cut " = "|${final.coreutils}/bin/cut ";
      "/bin/ls" = "${final.coreutils}/bin/ls";
      "sleep 0.1" = "${final.coreutils}/bin/sleep 0.1";
      "/bin/sh}" = "${final.bash}/bin/sh}";
      "cat -" = "${final.coreutils}/bin/cat -";
    };
  };
}
