/**
  Make the image of `buildLayeredImage` as a program that writes the docker-archive to stdout, so that no archive is
  kept in the store. Its option `--repo-tag NAME:TAG` gives the image another name.

  # Type

  ```
  streamLayeredImage :: { name, … } -> derivation (program)
  ```

  # Example

  ```nix
  streamLayeredImage {
    name = "hello";
    contents = [ pkgs.hello ];
    config.Cmd = [ "/bin/hello" ];
  }
  # $(nix-build) | docker load
  ```
*/
{
  imageResult,
  layeredFunction,
  stream,
}:
layeredFunction "streamLayeredImage" (
  image:
  {
    tag ? null,
    ...
  }@given:
  imageResult {
    inherit tag;
    image = _: image;
    arguments = given;
    file =
      result:
      stream {
        inherit result tag;
        fileFirst = true;
        name = "stream-${image.baseName}";
        inherit (image) recipe layerCompression;
      };
    passthru.isExe = true;
  }
)
