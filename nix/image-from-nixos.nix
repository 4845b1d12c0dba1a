/**
  Build an image of a NixOS configuration: of the whole system, which systemd starts as process 1, or of one of its
  services, without systemd. The other arguments are those of `buildLayeredImage`, and win.

  A system wants `boot.isContainer = true` (or nixpkgs' `docker-image.nix`), and is run with `--tmpfs /run`, a writable
  cgroup tree or, in podman, no options at all. Of a service the image has the program, its user, groups, environment
  and directories as the unit declares them, and of `/etc` what it mentions; what needs systemd is an error that says so.

  # Type

  ```
  imageFromNixos :: { nixos, service ? null, … } -> derivation (image)
  ```

  # Example

  ```nix
  imageFromNixos {
    nixos = lib.nixosSystem { modules = [ ./configuration.nix ]; };
    service = "nginx";
  }
  ```
*/
{
  lib,
  buildLayeredImage,
  errors,
  nixosService,
  nixosSystem,
  shown,
  userFunction,
}:
let
  function = "imageFromNixos";
  inherit (errors function) fail;
  fromNixos =
    {
      /** set: the configuration, as `nixosSystem`, `nixos` or `nixos/lib/eval-config.nix` returns it. */
      nixos,
      /** null or string: the one service of `systemd.services` to run. With null it is the system. */
      service ? null,
      ...
    }@given:
    let
      config =
        nixos.config or (fail "nixos is ${shown nixos}, without config: give what nixosSystem { modules = [ … ]; } returns");
      own = removeAttrs given [
        "nixos"
        "service"
      ];
      made = if service == null then nixosSystem function config else nixosService function config service;
      # What both say of users, files and the like is joined, and of one thing the user's is taken.
      joined = lib.mapAttrs (name: value: made.${name} // value) (
        lib.filterAttrs (name: value: builtins.isAttrs made.${name} or null && builtins.isAttrs value) own
      );
    in
    buildLayeredImage (made // own // joined);
in
userFunction function (
  lib.setFunctionArgs fromNixos (lib.functionArgs buildLayeredImage // { name = true; } // lib.functionArgs fromNixos)
)
