# buildImageWithNixDb: buildImage with a Nix database, for images that Nix runs in.
{ buildImage, withNixDatabase }: withNixDatabase "buildImageWithNixDb" buildImage
