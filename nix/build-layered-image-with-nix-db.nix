# buildLayeredImageWithNixDb: buildLayeredImage with a Nix database, for images that Nix runs in (API.md).
{ buildLayeredImage }: args: buildLayeredImage (args // { includeNixDB = true; })
