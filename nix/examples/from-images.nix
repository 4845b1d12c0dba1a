# What is made of images: several in one archive, one without its layers, one name for several platforms.
{
  pkgs,
  nixdock,
  examples,
}:
let
  inherit (nixdock)
    buildImage
    buildIndex
    exportImage
    mergeImages
    ;
  inherit (examples) hello scripted shell;
in
{
  # Two images in one archive: a base is picked from it with fromImageName and fromImageTag.
  merged = mergeImages [
    hello
    shell
  ];

  # The root file system of an image's containers, as `docker import` takes it.
  exported = exportImage { fromImage = scripted; };

  # One name for several platforms. With a cross package set's functions (`nixdock.lib.mkLib pkgsCross.…`) each image gets
  # programs of its own platform; these have none.
  index = buildIndex {
    name = "index";
    tag = "latest";
    images =
      map
        (
          architecture:
          buildImage {
            name = "index-${architecture}";
            inherit architecture;
            copyToRoot = pkgs.writeTextDir "etc/platform" architecture;
          }
        )
        [
          "amd64"
          "arm64"
        ];
  };
}
