# Packages that are more than the files of a Debian package in their places.
{ final, debian }:
let
  # The package `program` and a script `name` that runs it after the shell words `preamble`.
  wrapped =
    name: program: preamble:
    final.runCommandLocal "${name}-${program.version}"
      {
        passthru = {
          pname = name;
          inherit (program) version;
        };
        meta.mainProgram = name;
        script = final.writeShellScript name ''
          ${preamble}
          exec -a "$0" ${program}/bin/${name} "$@"
        '';
      }
      ''
        mkdir -p $out/bin
        for path in ${program}/bin/*; do ln -s "$path" $out/bin; done
        ln -sf $script $out/bin/${name}
      '';
in
{
  # The program and a link for each of its applets, as in nixpkgs; Debian leaves the links to its user.
  busybox =
    let
      program = debian.make {
        pname = "busybox-program";
        debian = [ "busybox" ];
      };
    in
    final.runCommandLocal "busybox-${program.version}"
      {
        passthru = {
          pname = "busybox";
          inherit (program) version;
        };
        meta.mainProgram = "busybox";
      }
      ''
        mkdir -p $out/bin
        cp ${program}/bin/busybox $out/bin
        for applet in $($out/bin/busybox --list); do
          [ "$applet" = busybox ] || ln -s busybox "$out/bin/$applet"
        done
      '';

  # Debian builds its bundle when the package is set up, by the administrator's choice: this is all of Mozilla's list.
  cacert =
    let
      certificates = debian.make {
        pname = "ca-certificates";
        debian = [ "ca-certificates" ];
      };
    in
    final.runCommandLocal "nss-cacert-${certificates.version}"
      {
        passthru = {
          pname = "nss-cacert";
          inherit (certificates) version;
        };
      }
      ''
        mkdir -p $out/etc/ssl/certs
        LC_ALL=C; cat ${certificates}/share/ca-certificates/mozilla/*.crt > $out/etc/ssl/certs/ca-bundle.crt
      '';

  # Debian's git looks for its commands and templates under /usr. What it runs through a shell (hooks, the other side of
  # a clone) wants /bin/sh in the image.
  git =
    let
      program = debian.make {
        pname = "git-program";
        debian = [ "git" ];
        inputs = [ final.bash ];
      };
    in
    wrapped "git" program ''
      export GIT_EXEC_PATH="''${GIT_EXEC_PATH-${program}/lib/git-core}"
      export GIT_TEMPLATE_DIR="''${GIT_TEMPLATE_DIR-${program}/share/git-core/templates}"
    '';

  # Without a policy skopeo copies nothing; nixpkgs' accepts every image, as Debian's does.
  skopeo =
    let
      program = debian.make {
        pname = "skopeo-program";
        debian = [ "skopeo" ];
      };
      policy = final.writeText "policy.json" (builtins.toJSON { default = [ { type = "insecureAcceptAnything"; } ]; });
    in
    wrapped "skopeo" program ''
      if [[ ! -e ''${HOME-}/.config/containers/policy.json && ! -e /etc/containers/policy.json ]]; then
          set -- --policy ${policy} "$@"
      fi
    '';
}
