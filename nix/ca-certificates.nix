# The root certificates where programs look for them: as on NixOS, as on Debian and its kin, as on Fedora and its kin.
{ cacert, runCommandLocal }:
let
  bundle = "${cacert}/etc/ssl/certs/ca-bundle.crt";
in
runCommandLocal "ca-certificates" { } ''
  for place in etc/ssl/certs/ca-bundle.crt etc/ssl/certs/ca-certificates.crt etc/pki/tls/certs/ca-bundle.crt; do
    mkdir -p "$out/$(dirname "$place")"
    ln -s ${bundle} "$out/$place"
  done
''
