# streamNixShellImage and buildNixShellImage: the build environment of a derivation.
{ pkgs, nixdock }:
let
  inherit (nixdock) buildNixShellImage streamNixShellImage;

  # Something to build inside a container.
  greeting = pkgs.stdenvNoCC.mkDerivation {
    name = "greeting";
    __structuredAttrs = false; # also where it is nixpkgs' default: environment variables cannot hold them
    buildInputs = [ pkgs.hello ];
    text = "from a file";
    passAsFile = [ "text" ];
    shellHook = ''echo "shellHook: $(hello) $(cat $textPath)"'';
    buildCommand = ''
      mkdir $out
      { hello; cat $textPath; echo; } > $out/greeting
    '';
  };
in
{
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
}
