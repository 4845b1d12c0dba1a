# buildLayeredImageWithNixDb: buildLayeredImage with a Nix database, for images that Nix runs in (API.md).
{ pkgs, buildLayeredImage }:
pkgs.lib.setFunctionArgs (args: buildLayeredImage (args // { includeNixDB = true; })) (pkgs.lib.functionArgs buildLayeredImage)
