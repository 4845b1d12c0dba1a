# includeNixDB: images that Nix works in.
{ pkgs, nixdock }:
let
  inherit (nixdock) buildImageWithNixDb buildLayeredImageWithNixDb;

  # What one needs to build in a container of an image with a Nix database.
  nixTools = [
    pkgs.nix
    pkgs.bash
    pkgs.coreutils
  ];
  nixSettings = {
    Cmd = [
      "nix-store"
      "--verify"
      "--check-contents"
    ];
    Env = [
      "PATH=/bin"
      "USER=root"
      "HOME=/tmp"
      # There are no build users, and a container may have no sandbox of its own.
      "NIX_CONFIG=build-users-group =\nsandbox = false\nsubstituters ="
      "NIX_LIBEXEC_DIR=${pkgs.nix}/libexec" # Debian's looks below /usr
    ];
  };
in
rec {
  # An image that Nix works in: it knows all store paths that are there, and takes none of them for garbage.
  nix = buildImageWithNixDb {
    name = "nix";
    tag = "latest";
    copyToRoot = pkgs.buildEnv {
      name = "nix-tools";
      paths = nixTools;
      pathsToLink = [ "/bin" ];
    };
    extraCommands = "mkdir -m 1777 tmp";
    config = nixSettings;
  };

  nixLayered = buildLayeredImageWithNixDb {
    name = "nix-layered";
    tag = "latest";
    contents = nixTools;
    extraCommands = "mkdir -m 1777 tmp";
    config = nixSettings;
  };

  # Its database knows the base's store paths as well.
  nixOnNixBase = buildImageWithNixDb {
    name = "nix-on-nix-base";
    tag = "latest";
    fromImage = nixLayered;
    copyToRoot = pkgs.buildEnv {
      name = "more-tools";
      paths = [ pkgs.hello ];
      pathsToLink = [ "/bin" ];
    };
    config = {
      inherit (nixSettings) Cmd;
    };
  };

  # Store and database belong to the user who runs Nix.
  nixUser = buildLayeredImageWithNixDb {
    name = "nix-user";
    tag = "latest";
    contents = nixTools;
    uid = 1000;
    gid = 1000;
    uname = "user";
    gname = "users";
    extraCommands = "mkdir tmp";
    config = nixSettings // {
      User = "1000:1000";
    };
  };
}
