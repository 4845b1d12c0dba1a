# The list of exports: a package set -> { buildImage, … }. Every function lives in the file of its name.
pkgs:
let
  # dockerTools.override { skopeo = …; }: what the package set has in the place of its own, noted in the set itself.
  overrides = pkgs.nixdockOverrides or { };
  # A file gets what its arguments name.
  call = file: import file (builtins.intersectAttrs (builtins.functionArgs (import file)) internal);
  internal = {
    inherit pkgs;
    # What runs while an image is made, also when that is for another machine.
    buildPkgs = pkgs.buildPackages or pkgs // overrides;
    goArchitecture = call ./go-architecture.nix;
    runPython = call ./run-python.nix;
    hook = call ./hook.nix;
    readingTools = call ./reading-tools.nix;
    runStep = call ./run-step.nix;
    pinnedHash = call ./pinned-hash.nix;
    fixedOutput = import ./fixed-output.nix;
    archiveName = import ./archive-name.nix;
    isStringLike = import ./is-string-like.nix;
    shown = call ./shown.nix;
    nearest = call ./nearest.nix;
    knownArguments = call ./known-arguments.nix;
    wellTyped = call ./well-typed.nix;
    goWord = call ./go-word.nix;
    imageName = call ./image-name.nix;
    configRules = call ./config-rules.nix;
    checkedConfig = call ./checked-config.nix;
    imageConfig = call ./image-config.nix;
    storeString = call ./store-string.nix;
    foreignImage = call ./foreign-image.nix;
    storeStrings = call ./store-strings.nix;
    checkedLayers = call ./checked-layers.nix;
    closureRoots = import ./closure-roots.nix;
    baseImage = call ./base-image.nix;
    rootTree = call ./root-tree.nix;
    nixDatabase = call ./nix-database.nix;
    newImage = call ./new-image.nix;
    layeredImage = call ./layered-image.nix;
    archive = call ./archive.nix;
    ociLayout = call ./oci-layout.nix;
    command = call ./command.nix;
    runnableFile = call ./runnable-file.nix;
    stream = call ./stream.nix;
    copyCommands = call ./copy-commands.nix;
    recipeResult = call ./recipe-result.nix;
    imageResult = call ./image-result.nix;
    pulledImage = call ./pulled-image.nix;
    fetchBlob = call ./fetch-blob.nix;
    lockedImage = call ./locked-image.nix;
    derivationEnvironment = call ./derivation-environment.nix;
    nixShellRc = call ./nix-shell-rc.nix;
    nixShellImage = call ./nix-shell-image.nix;
  }
  // exports;

  inherit (internal) knownArguments;
  inherit (pkgs.lib) makeOverridable mapAttrs;

  # IMAGE.override { … }, as nixpkgs' functions have it.
  overridable = mapAttrs (_: makeOverridable) (
    mapAttrs knownArguments {
      buildImage = call ./build-image.nix;
      buildLayeredImage = call ./build-layered-image.nix;
      streamLayeredImage = call ./stream-layered-image.nix;
      pullImage = call ./pull-image.nix;
      exportImage = call ./export-image.nix;
      streamNixShellImage = call ./stream-nix-shell-image.nix;
      buildNixShellImage = call ./build-nix-shell-image.nix;
    }
  );
  others = mapAttrs knownArguments {
    buildImageWithNixDb = call ./build-image-with-nix-db.nix;
    buildLayeredImageWithNixDb = call ./build-layered-image-with-nix-db.nix;
    pullImageFromManifest = call ./pull-image-from-manifest.nix;
    buildLayer = call ./build-layer.nix;
    buildIndex = call ./build-index.nix;
  };

  exports = overridable // others // {
    mergeImages = call ./merge-images.nix;
    nixPrefetchDocker = call ./nix-prefetch-docker.nix;

    usrBinEnv = call ./usr-bin-env.nix;
    binSh = call ./bin-sh.nix;
    caCertificates = call ./ca-certificates.nix;
    fakeNss = overrides.fakeNss or (call ./fake-nss.nix);
    shadowSetup = call ./shadow-setup.nix;

    nixdock = call ./nixdock.nix;
  };
  examples = import ./examples {
    inherit pkgs;
    nixdock = exports;
  };
  nixpkgs = import ./nixpkgs-docker-tools.nix { inherit pkgs overrides; };
in
import ./parts-of-nixpkgs.nix nixpkgs
// exports
// {
  inherit examples nixpkgs;
  tests = examples; # to build them is the test; tests/system runs them too
  override =
    changes:
    let
      given = if builtins.isFunction changes then changes pkgs else changes;
      all = overrides // given;
      unused = builtins.attrNames (removeAttrs given (import ./used-packages.nix));
      warn =
        if unused == [ ] then
          (result: result)
        else
          builtins.trace "nixdock: dockerTools.override: nothing here uses ${builtins.concatStringsSep " " unused}";
    in
    warn (import ./. (pkgs // all // { nixdockOverrides = all; }));
}
