# The bill of materials of an image: CycloneDX, and as its attribute `spdx` SPDX. It is made of the recipe, of what the
# expressions say about packages, and of the derivations that the recipe was made by, which are read and not built.
# Nothing of it is evaluated before somebody asks for it.
{
  closureRoots,
  derivationsOf,
  packageMeta,
  runStep,
}:
{
  recipe,
  baseName,
  tag,
  ...
}:
let
  madeOf = {
    values = [ ];
    copied = [ ];
    closure = [ ];
  }
  // recipe.madeOf or { };
  document =
    format: extension: passthru:
    runStep {
      name = "${baseName}-sbom.${extension}";
      step = "sbom";
      spec = {
        inherit format tag;
        inherit (madeOf) copied;
        recipe = "${recipe}";
        derivations = derivationsOf [ "${recipe}" ];
        packages = packageMeta madeOf.values;
      };
      closures = {
        closure = closureRoots ([ "${recipe}" ] ++ map (one: one.tree) madeOf.copied);
        wanted = madeOf.closure;
      };
      result.passthru = _: passthru;
    };
in
document "cyclonedx" "cdx.json" { spdx = document "spdx" "spdx.json" { }; }
