/**
  Build an image of a NixOS configuration: of the whole system, which systemd starts as process 1, or of one of its
  services, without systemd. The other arguments are those of `buildLayeredImage`: users, files, `config` and the like
  are joined with those of the configuration, and yours win.

  A system wants `boot.isContainer = true`. Of a service the image has the program, its user, groups, environment and
  directories as the unit declares them, and of `/etc` what it mentions; what only systemd can do is an error that says
  so. [recipes.md](recipes.md#nixos) tells how to run both.

  # Type

  ```
  imageFromNixos :: { nixos, service ? null, … } -> derivation (image)
  ```

  # Example

  ```nix
  imageFromNixos {
    nixos = pkgs.nixos ./configuration.nix; # of a flake: self.nixosConfigurations.NAME
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
      config = nixos.config or (fail "nixos has no config: give what nixosSystem { modules = [ … ]; } returns");
      own = removeAttrs given [ "nixos" "service" ];
      made = if service == null then nixosSystem fail config else nixosService fail config service;
      # Of two values of a variable, the last is in the image.
      withEnv = lib.recursiveUpdate own { config.Env = made.config.Env ++ own.config.Env; };
    in
    buildLayeredImage (lib.recursiveUpdate made (if builtins.isList own.config.Env or null then withEnv else own));
in
userFunction function (
  lib.setFunctionArgs fromNixos (lib.functionArgs buildLayeredImage // { name = true; } // lib.functionArgs fromNixos)
)
