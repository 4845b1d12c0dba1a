# buildLayeredImageWithNixDb: buildLayeredImage with a Nix database, for images that Nix runs in.
{ buildLayeredImage, withNixDatabase }: withNixDatabase "buildLayeredImageWithNixDb" buildLayeredImage
