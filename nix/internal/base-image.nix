# The recipe of a base image: ours has one; an archive or OCI layout from elsewhere is read once, in a derivation of its
# own, so that a change on top of it never reads it again. null where there is no base.
{
  goArchitecture,
  runStep,
  foreignImage,
}:
{
  function, # who asks, for the error
  baseName,
  fromImage,
  fromImageName ? null,
  fromImageTag ? null,
  architecture ? goArchitecture, # which image of a layout for several platforms
}:
if fromImage == null then
  null
else if fromImage ? recipe && fromImageName == null then
  fromImage.recipe
else
  runStep {
    name = "${baseName}-base";
    step = "import-image";
    spec = {
      archive = foreignImage function "fromImage is" fromImage;
      name = fromImageName;
      tag = fromImageTag;
      inherit architecture;
    };
  }
