/**
  Build what `buildImage` builds, with a Nix database: `buildImage` with `includeNixDB = true`, for images that Nix runs
  in.

  # Type

  ```
  buildImageWithNixDb :: { name, … } -> derivation (image)
  ```

  # Example

  ```nix
  buildImageWithNixDb {
    name = "nix";
    copyToRoot = [ pkgs.nix pkgs.bash ];
    config.Env = [ "NIX_PAGER=cat" "USER=nobody" ];
  }
  ```
*/
{ buildImage, withNixDatabase }: withNixDatabase "buildImageWithNixDb" buildImage
