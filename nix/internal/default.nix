# What the functions share, by name: the scope that their files, and these, are called with.
# pkgs: the package set. Packages that dockerTools.override exchanged are in it, and in the place of the build machine's.
{ pkgs, buildPkgs }:
self:
let
  inherit (self) callPackage;
in
{
  inherit pkgs buildPkgs; # buildPkgs: what runs while an image is made, also when that is for another machine

  # What is said, and of what.
  errors = import ./errors.nix;
  shown = callPackage ./shown.nix { };
  written = callPackage ./written.nix { };
  nearest = callPackage ./nearest.nix { };
  argumentWords = import ./argument-words.nix;
  knownArguments = callPackage ./known-arguments.nix { };
  wellTyped = callPackage ./well-typed.nix { };

  # What a user gave, checked.
  goArchitecture = callPackage ./go-architecture.nix { };
  goWord = callPackage ./go-word.nix { };
  imageName = callPackage ./image-name.nix { };
  configRules = callPackage ./config-rules.nix { };
  checkedCompression = callPackage ./checked-compression.nix { };
  checkedConfig = callPackage ./checked-config.nix { };
  checkedEntries = callPackage ./checked-entries.nix { };
  checkedLayers = callPackage ./checked-layers.nix { };
  storeString = callPackage ./store-string.nix { };
  storeStrings = callPackage ./store-strings.nix { };
  hintsOf = callPackage ./hints-of.nix { };
  foreignImage = callPackage ./foreign-image.nix { };
  closureRoots = import ./closure-roots.nix;
  pinnedHash = callPackage ./pinned-hash.nix { };

  # Functions for users.
  userFunction = callPackage ./user-function.nix { };
  imageArguments = import ./image-arguments.nix { inherit (self) goArchitecture; };
  imageFunction = callPackage ./image-function.nix { };
  layeredFunction = callPackage ./layered-function.nix { };
  withNixDatabase = callPackage ./with-nix-database.nix { };

  # Steps: derivations that run the hook.
  runPython = callPackage ./run-python.nix { };
  hook = callPackage ./hook.nix { };
  readingTools = callPackage ./reading-tools.nix { };
  runStep = callPackage ./run-step.nix { };

  # An image, from its parts to what a function returns.
  imageConfig = callPackage ./image-config.nix { };
  baseImage = callPackage ./base-image.nix { };
  configKey = callPackage ./config-key.nix { };
  declaredAccounts = callPackage ./declared-accounts.nix { };
  declaredConfig = callPackage ./declared-config.nix { };
  declaredContent = callPackage ./declared-content.nix { };
  declaredKeys = callPackage ./declared-keys.nix { };
  declaredPlaces = callPackage ./declared-places.nix { };
  declaredShorthands = callPackage ./declared-shorthands.nix { };
  declaredPrograms = callPackage ./declared-programs.nix { };
  declaredTree = callPackage ./declared-tree.nix { };
  defaultUser = callPackage ./default-user.nix { };
  hardened = callPackage ./hardened.nix { };
  localeArchive = callPackage ./locale-archive.nix { };
  rootTree = callPackage ./root-tree.nix { };
  nixDatabase = callPackage ./nix-database.nix { };
  newImage = callPackage ./new-image.nix { };
  archive = callPackage ./archive.nix { };
  ociLayout = callPackage ./oci-layout.nix { };
  command = callPackage ./command.nix { };
  runnableFile = callPackage ./runnable-file.nix { };
  stream = callPackage ./stream.nix { };
  copyCommands = callPackage ./copy-commands.nix { };
  recipeResult = callPackage ./recipe-result.nix { };
  imageTests = callPackage ./image-tests.nix { };
  imageResult = callPackage ./image-result.nix { };

  # What an image is made of, for others to know.
  derivationsOf = import ./derivations-of.nix;
  packageMeta = callPackage ./package-meta.nix { };
  sbom = callPackage ./sbom.nix { };
  provenance = callPackage ./provenance.nix { };
  imageSbom = callPackage ./image-sbom.nix { };

  # Images of registries.
  archiveName = import ./archive-name.nix;
  fixedOutput = callPackage ./fixed-output.nix { };
  fetchBlob = callPackage ./fetch-blob.nix { };
  pulledImage = callPackage ./pulled-image.nix { };
  lockedImage = callPackage ./locked-image.nix { };

  # Images of NixOS.
  nixosSystem = callPackage ./nixos-system.nix { };
  nixosService = callPackage ./nixos-service.nix { };

  # Images of nix-shell.
  derivationEnvironment = callPackage ./derivation-environment.nix { };
  nixShellRc = callPackage ./nix-shell-rc.nix { };
  nixShellImage = callPackage ./nix-shell-image.nix { };
}
