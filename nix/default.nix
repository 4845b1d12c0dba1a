# A package set -> { buildImage, … }. Only the wiring: each function is in the file of its name, what they share is in
# ./internal. The set is a scope as nixpkgs makes them: overrideScope exchanges its functions, override its packages.
pkgs:
let
  inherit (pkgs) lib;
  newScope = scope: lib.callPackageWith (pkgs // (scope.packageOverrides // scope));
in
lib.makeScope newScope (
  self:
  let
    inherit (self.internal) callPackage;
  in
  import ./internal/parts-of-nixpkgs.nix self.nixpkgs
  // {
    buildImage = callPackage ./build-image.nix { };
    buildImageWithNixDb = callPackage ./build-image-with-nix-db.nix { };
    buildLayeredImage = callPackage ./build-layered-image.nix { };
    buildLayeredImageWithNixDb = callPackage ./build-layered-image-with-nix-db.nix { };
    streamLayeredImage = callPackage ./stream-layered-image.nix { };
    buildNixShellImage = callPackage ./build-nix-shell-image.nix { };
    streamNixShellImage = callPackage ./stream-nix-shell-image.nix { };
    imageFromNixos = callPackage ./image-from-nixos.nix { };
    buildLayer = callPackage ./build-layer.nix { };
    buildIndex = callPackage ./build-index.nix { };
    mergeImages = callPackage ./merge-images.nix { };
    exportImage = callPackage ./export-image.nix { };
    pullImage = callPackage ./pull-image.nix { };
    pullImageFromManifest = callPackage ./pull-image-from-manifest.nix { };

    usrBinEnv = callPackage ./usr-bin-env.nix { };
    binSh = callPackage ./bin-sh.nix { };
    caCertificates = callPackage ./ca-certificates.nix { };
    fakeNss = self.packageOverrides.fakeNss or (callPackage ./fake-nss.nix { });
    shadowSetup = callPackage ./shadow-setup.nix { };

    cli = callPackage ./cli.nix { };
    nixdock = self.cli; # its older name
    nixPrefetchDocker = callPackage ./nix-prefetch-docker.nix { };

    examples = import ./examples {
      inherit (self.internal) pkgs;
      nixdock = self;
    };
    tests = self.examples; # to build them is the test; tests/system runs them too

    nixpkgs = import ./internal/nixpkgs-docker-tools.nix {
      inherit pkgs;
      inherit (self) packageOverrides;
    };
    packageOverrides = { };
    override = import ./internal/package-overrides.nix self;
    internal = lib.makeScope self.newScope (
      import ./internal {
        pkgs = pkgs // self.packageOverrides;
        buildPkgs = pkgs.buildPackages or pkgs // self.packageOverrides;
      }
    );
  }
)
