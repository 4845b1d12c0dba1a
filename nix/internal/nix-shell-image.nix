# The environment of `nix-shell` on a derivation, as arguments of streamLayeredImage and buildLayeredImage.
# Model: nix-build.cc of Nix, which is nix-shell too.
{
  lib,
  bashInteractive,
  cacert,
  writeShellScriptBin,
  binSh,
  caCertificates,
  derivationEnvironment,
  errors,
  fakeNss,
  nixShellRc,
  usrBinEnv,
  wellTyped,
}:
function: # who asks, for the error
args@{
  /** derivation: the package whose build environment the image is to have. One with `__structuredAttrs` is refused. */
  drv,
  /** string: the image's name. By default the derivation's, with `-env` behind it. */
  name ? drv.name + "-env",
  /** null or string: the image's tag, as `buildImage` has it. */
  tag ? null,
  /** int or string: the numeric id of the user `nixbld`, who the shell runs as. */
  uid ? 1000,
  /** int or string: the numeric id of the group `nixbld`. */
  gid ? 1000,
  /** string: that user's home, which is writable. */
  homeDirectory ? "/build",
  /** string: the shell's full path, as `NIX_BUILD_SHELL` of nix-shell. By default nixpkgs' interactive bash. */
  shell ? "${bashInteractive}/bin/bash",
  /** null or string: a command that is run in an interactive shell, which then ends, as nix-shell's `--command`. */
  command ? null,
  /** null or string: a command that is run in a shell that is not interactive, as nix-shell's `--run`. */
  run ? null,
}:
let
  inherit (errors function) fail;
  number = [
    "int"
    "string"
  ];
  script = [
    "string"
    "null"
  ];
  user = "${toString uid}:${toString gid}";

  environment = derivationEnvironment drv;
  buildDerivation = writeShellScriptBin "buildDerivation" ''
    exec ${lib.escapeShellArgs ([ environment.builder ] ++ environment.args)}
  '';
  searchPath = "${dirOf shell}:${buildDerivation}/bin";
  bundle = "${cacert}/etc/ssl/certs/ca-bundle.crt";
  variables = {
    PATH = searchPath;
    HOME = homeDirectory;
    SSL_CERT_FILE = bundle;
    NIX_SSL_CERT_FILE = bundle;
  }
  // environment.variables;

  # What belongs to the user: all that a build writes to, and what a single-user Nix would.
  # /homeless-shelter is Nix's word for no home: programs that look for one there must not find it.
  owned = lib.unique (
    [
      "/nix"
      "/nix/store"
      "/nix/var"
      "/nix/var/nix"
      "/etc/nix"
      environment.directory
    ]
    ++ lib.optional (homeDirectory != "/homeless-shelter") homeDirectory
  );
  rc = nixShellRc {
    inherit shell searchPath;
    command = if command != null then command else run;
  };
in
assert wellTyped function {
  uid = number;
  gid = number;
  homeDirectory = [ "string" ];
  shell = [ "string" ];
  command = script;
  run = script;
} args;
if !(drv.type or null == "derivation") then
  fail "drv is no derivation: give the package whose build environment the image is to have"
else if drv.drvAttrs.__structuredAttrs or false then
  fail "${drv.name} uses __structuredAttrs, which environment variables cannot hold: take a derivation without them"
else if command != null && run != null then
  fail "both `command` and `run` are given: keep `command` for an interactive shell, `run` for one that is not"
else if builtins.substring 0 1 homeDirectory != "/" then
  fail "homeDirectory \"${homeDirectory}\" is no absolute path: begin it with /"
else
  {
    inherit name tag;
    contents = [
      binSh
      usrBinEnv
      caCertificates
      (fakeNss.override {
        extraPasswdLines = [ "nixbld:x:${user}:Build user:${homeDirectory}:${shell}" ];
        extraGroupLines = [ "nixbld:!:${toString gid}:" ];
      })
    ];
    fakeRootCommands = ''
      mkdir -m 1777 tmp
      for directory in ${lib.escapeShellArgs owned}; do
        mkdir -p ".$directory"
        chown ${user} ".$directory"
      done
    '';
    config = {
      User = user;
      WorkingDir = environment.directory;
      Env = lib.mapAttrsToList (name: value: "${name}=${value}") variables;
      # NB: without -i, bash reads no rc file where it has no terminal, and would skip the command.
      Cmd =
        if run != null then
          [ shell rc ]
        else
          [ shell "--rcfile" rc ] ++ lib.optional (command != null) "-i";
    };
  }
