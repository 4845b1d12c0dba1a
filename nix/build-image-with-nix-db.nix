# buildImageWithNixDb: buildImage with a Nix database, for images that Nix runs in (API.md).
{ pkgs, buildImage }:
pkgs.lib.setFunctionArgs (args: buildImage (args // { includeNixDB = true; })) (pkgs.lib.functionArgs buildImage)
