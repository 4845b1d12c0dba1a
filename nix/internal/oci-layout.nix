# A recipe as an OCI image layout, a directory: skopeo, podman and umoci read it as `oci:DIRECTORY:TAG`.
{ runStep }:
{
  name,
  recipe,
  tag,
}:
runStep {
  name = "${name}-oci";
  step = "oci-layout";
  spec = {
    recipe = "${recipe}";
    inherit tag;
    compression = "gzip";
  };
}
