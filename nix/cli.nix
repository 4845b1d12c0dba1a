# The command `nixdock`: serve, copy, archive and stream recipes.
{ buildPkgs, command }:
command {
  name = "nixdock";
  arguments = [ ];
  # Where man and the shells look for them.
  printed = {
    "share/man/man1/nixdock.1" = [ "manual" ];
    "share/bash-completion/completions/nixdock" = [
      "completions"
      "bash"
    ];
    "share/zsh/site-functions/_nixdock" = [
      "completions"
      "zsh"
    ];
    "share/fish/vendor_completions.d/nixdock.fish" = [
      "completions"
      "fish"
    ];
  };
  tools = [ buildPkgs.skopeo ];
}
