/**
  Provide the root certificates of `pkgs.cacert` where programs look for them: as on NixOS, on Debian and its kin, and
  on Fedora and its kin.

  # Type

  ```
  caCertificates :: derivation
  ```

  # Example

  ```nix
  buildLayeredImage { name = "app"; contents = [ pkgs.curl caCertificates ]; }
  ```
*/
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
