# The Nix database of an image, as a root tar: all store paths of the image and of its base registered, and gcroots.
{
  buildPkgs,
  runStep,
}:
{
  baseName,
  content, # root, dirlinks, config, base, owner and mtime of the image
  closure, # what the image's closure is asked for
  found ? null, # the database that the scripts found which made `content.root`
}:
let
  registration = runStep {
    name = "${baseName}-base-registration";
    step = "base-registration";
    spec = { inherit (content) base; };
    closures.base = [ content.base ];
  };
in
runStep {
  name = "${baseName}-nix-database.tar";
  step = "nix-database";
  spec = content // {
    inherit found;
    registration = if content.base == null then null else "${registration}";
  };
  closures = { inherit closure; };
  tools = [ buildPkgs.nix ];
}
