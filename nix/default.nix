# The list of exports: a package set -> { buildImage, … }.
pkgs:
let
  runPython = import ./run-python.nix { inherit pkgs; };
  hook = import ./hook.nix { inherit runPython; };
  runStep = import ./run-step.nix { inherit runPython hook; };
  internal = {
    inherit pkgs runStep;
    imageName = import ./image-name.nix;
    imageConfig = import ./image-config.nix { inherit runStep; };
    baseImage = import ./base-image.nix { inherit pkgs runStep; };
    rootTree = import ./root-tree.nix { inherit pkgs runStep; };
    archive = import ./archive.nix { inherit pkgs runStep; };
    imageResult = import ./image-result.nix {
      stream = import ./stream.nix { inherit pkgs runStep hook; };
    };
    closureRoots = import ./closure-roots.nix;
  };
in
{
  buildImage = import ./build-image.nix internal;

  usrBinEnv = import ./usr-bin-env.nix internal;
  binSh = import ./bin-sh.nix internal;
  caCertificates = import ./ca-certificates.nix internal;
  fakeNss = import ./fake-nss.nix internal;
  shadowSetup = import ./shadow-setup.nix internal;
}
