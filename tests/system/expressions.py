"""Images that more than one test file looks at, as Nix expressions (tests.support.nix.PRELUDE is in scope)."""

SCRIPTED = """dockerTools.buildImage {
  name = "scripted";
  tag = "1";
  copyToRoot = [ pkgs.busybox (pkgs.writeTextDir "etc/greeting" "hello") ];
  extraCommands = ''
    mkdir -m 1777 tmp
    mkdir -m 0700 secret
    printf two > secret/number
    chmod 0640 secret/number
    ln -s ../etc/greeting secret/link
  '';
}"""
