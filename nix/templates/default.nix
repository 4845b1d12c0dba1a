# nix flake init -t REPOSITORY#NAME
{
  one-image = {
    path = ./one-image;
    description = "One container image";
  };
  layered = {
    path = ./layered;
    description = "An image of many layers, and CI that copies to a registry what that lacks";
  };
  locked-base = {
    path = ./locked-base;
    description = "An image on a base image of a registry, which a lock file pins";
  };
}
