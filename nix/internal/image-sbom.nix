# The bill of materials that an image holds itself, as a root tar: /usr/share/sbom/NAME.cdx.json, where scanners look. It
# is made before the image's layers, so it does not name the layer of a store path; passthru.sbom does.
{
  derivationsOf,
  packageMeta,
  runStep,
}:
{
  imageName,
  baseName,
  tag,
  content, # root, dirlinks, config, base, owner and mtime of the image
  closure, # what the image's closure is asked for
  madeOf, # values and copied, as new-image.nix has them
}:
let
  base = if content.base == null then [ ] else [ content.base ];
in
runStep {
  name = "${baseName}-sbom.tar";
  step = "image-sbom";
  spec = content // {
    name = imageName;
    inherit tag;
    inherit (madeOf) copied;
    place = "usr/share/sbom/${baseName}.cdx.json";
    derivations = derivationsOf (closure ++ base);
    packages = packageMeta madeOf.values;
  };
  closures = { inherit closure base; };
}
