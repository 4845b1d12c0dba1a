# buildImageWithNixDb: buildImage with a Nix database, for images that Nix runs in (API.md).
{ buildImage }: args: buildImage (args // { includeNixDB = true; })
