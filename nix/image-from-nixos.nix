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
      environment = own.config.Env or null;
      isReplaced = entry: builtins.any (lib.hasPrefix "${builtins.head (lib.splitString "=" entry)}=") environment;
      env.config = joined.config // {
        Env = builtins.filter (entry: !isReplaced entry) made.config.Env ++ environment;
      };
    in
    buildLayeredImage (made // own // joined // lib.optionalAttrs (builtins.isList environment) env);
in
userFunction function (
  lib.setFunctionArgs fromNixos (lib.functionArgs buildLayeredImage // { name = true; } // lib.functionArgs fromNixos)
)
