# For flakes that flake-parts puts together: imports = [ nixdock.flakeModules.default ]; gives perSystem the argument
# `nixdock`, the set of all functions, and the option `images`, whose images become packages of the flake. Each has its
# programs with it: nix run .#NAME.copyToRegistry -- HOST/NAME:TAG
mkLib:
{ lib, flake-parts-lib, ... }:
{
  options.perSystem = flake-parts-lib.mkPerSystemOption (
    { config, pkgs, ... }:
    {
      options.images = lib.mkOption {
        type = lib.types.lazyAttrsOf lib.types.package;
        default = { };
        description = "Container images, results of nixdock's functions: each becomes a package.";
        example = lib.literalExpression ''{ hello = nixdock.buildImage { name = "hello"; copyToRoot = pkgs.hello; }; }'';
      };
      config = {
        _module.args.nixdock = mkLib pkgs;
        packages = config.images;
      };
    }
  );
}
