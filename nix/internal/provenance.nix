# How an image was made, as far as Nix knows it: the facts of an SLSA v1 provenance, for a CI to complete and sign.
{ runStep }:
{
  recipe,
  baseName,
  tag,
  ...
}:
runStep {
  name = "${baseName}-provenance.json";
  step = "provenance";
  spec = {
    recipe = "${recipe}";
    inherit tag;
    derivation = builtins.unsafeDiscardOutputDependency recipe.drvPath;
    inherit (builtins) nixVersion;
  };
}
