# buildImage on a base: what is inherited from it.
{
  pkgs,
  nixdock,
  examples,
}:
let
  inherit (nixdock) buildImage;
  inherit (examples) shell;
in
{
  # On an image of ours: its recipe is used, nothing is unpacked. Of its config only Env is inherited, as in dockerTools.
  onRecipe = buildImage {
    name = "on-recipe";
    tag = "latest";
    fromImage = shell;
    copyToRoot = pkgs.writeTextDir "etc/more.conf" "more = 1\n";
    config = {
      Env = [ "COLOUR=blue" ];
      Cmd = [
        "/bin/bash"
        "-c"
        "echo $COLOUR; cat /etc/example.conf /etc/more.conf"
      ];
    };
  };

  # On an archive, as pullImage or `docker save` make it.
  onArchive = buildImage {
    name = "on-archive";
    tag = "latest";
    fromImage = "${shell}";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  # The base's Cmd, WorkingDir and Labels as well.
  inheritAll = buildImage {
    name = "inherit-all";
    tag = "latest";
    fromImage = shell;
    inheritConfig = "all";
    config.Labels.added = "here";
  };

  inheritNone = buildImage {
    name = "inherit-none";
    tag = "latest";
    fromImage = shell;
    inheritConfig = "none";
    config.Cmd = [
      "/bin/bash"
      "-c"
      "echo COLOUR=$COLOUR"
    ];
  };
}
