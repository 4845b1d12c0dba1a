/**
  Build what `buildLayeredImage` builds, with a Nix database: `buildLayeredImage` with `includeNixDB = true`, for images
  that Nix runs in.

  # Type

  ```
  buildLayeredImageWithNixDb :: { name, … } -> derivation (image)
  ```

  # Example

  ```nix
  buildLayeredImageWithNixDb {
    name = "nix";
    contents = [ pkgs.nix pkgs.bash ];
  }
  ```
*/
{ buildLayeredImage, withNixDatabase }: withNixDatabase "buildLayeredImageWithNixDb" buildLayeredImage
