# Packages that are more than the files of a Debian package in their places.
{ final, debian }:
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
}
