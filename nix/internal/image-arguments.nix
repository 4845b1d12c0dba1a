# The arguments that all functions which make an image have: argument -> its default (one without must be given), and the
# types that a value may have, in the words of builtins.typeOf, where a wrong one is found at evaluation.
#
# To give every image another argument: declare it here with its comment ("TYPE: what it is", for nix/README.md, which
# `tests/reference` writes anew), and use it in new-image.nix, which gets all of them by name. The functions, what they
# tell lib.functionArgs and what they say of unknown arguments follow.
{ goArchitecture }:
let
  bool = [ "bool" ];
in
{
  /**
    string: the image's name, which may begin with a registry and a path: `registry.example/team/app`. Capitals become
    lower-case, because docker refuses them. The derivation is named after the last part.
  */
  name = { };

  /**
    null or string: the image's tag. With null it is the hash part of the output's store path; `IMAGE.imageTag` says
    which tag it is.
  */
  tag.default = null;

  /**
    null, image or path: the base, to which the new layers are added. An image of nixdock (its recipe is used, nothing
    is unpacked), or a file or directory that another tool wrote: a docker-archive, an OCI layout or archive, skopeo's
    `dir:`; compressed with gzip, zstd, xz or bzip2 or not at all. Of its config, see `inheritConfig`. Store paths that
    it holds with the same content are left out of the new layers.
  */
  fromImage.default = null;

  /**
    string: what of the base's config is taken over. `"env"`: its environment variables, of which yours win; `"all"`:
    also Labels, Volumes and ExposedPorts joined with yours, and Entrypoint, Cmd, WorkingDir and User where you set
    none; `"none"`: nothing.
  */
  inheritConfig.default = "env";

  /**
    null or set: the image's configuration, with the keys of the OCI image specification and docker's own: `Cmd`,
    `Entrypoint`, `Env`, `WorkingDir`, `User`, `ExposedPorts`, `Volumes`, `Labels`, `StopSignal`, `Healthcheck` and
    others. Keys and types are checked. The closure of the store paths that it mentions is in the image.
  */
  config.default = null;

  /**
    list of layers: results of `buildLayer`, placed above the base. Store paths in them are not repeated.
  */
  layers.default = [ ];

  /**
    list of sets: modes and owners that are set while layers are written. Each set has `path` (a store path that is in
    the image) and any of `regex` (searched in the whole path of each file at and below `path`), `mode` (octal digits in
    a string), `uid`, `gid`, `uname` and `gname`.
  */
  perms.default = [ ];

  /**
    bash script: run as the build user before the layer is packed, in the directory that becomes `/`. It can change
    nothing else.
  */
  extraCommands = {
    default = "";
    types = [
      "string"
      "path"
      "set" # a package that is a program
    ];
  };

  /**
    bool: add a Nix database in which every store path of the image and of its base is registered, and gcroots that keep
    them, so that Nix works in the container. Its bytes are reproducible.
  */
  includeNixDB = {
    default = false;
    types = bool;
  };

  /**
    bool: put a bill of materials (CycloneDX) into the image, at `/usr/share/sbom/NAME.cdx.json`, where scanners look. It
    does not say which layer holds what, because the layers are made after it; `IMAGE.sbom` does.
  */
  sbomInImage = {
    default = false;
    types = bool;
  };

  /**
    string or null: the image's date, in any form that names one point in time: ISO 8601, `"@SECONDS"` since 1970,
    `YYYYMMDD[HHMMSS]`, `"YYYY-MM-DD HH:MM:SS UTC"`; or `"now"`, which gives other bytes in each build. null is the
    default.
  */
  created.default = "1970-01-01T00:00:01Z";

  /** int: the numeric owner of files in the new layers. With `fakeRootCommands`, owners that the script sets win. */
  uid.default = 0;

  /** int: the numeric group of files in the new layers, likewise. */
  gid.default = 0;

  /** string: the name of the owner in the layers' tars. */
  uname.default = "root";

  /** string: the name of the group in the layers' tars. */
  gname.default = "root";

  /**
    string: the processor that the image is for, in Go's words (`"amd64"`, `"arm64"`, …). By default that of the package
    set.
  */
  architecture = {
    default = goArchitecture;
    types = [ "string" ];
  };

  /**
    bool: refuse programs for another processor: the one that the image starts, and those in `bin`, `sbin` and their
    like of the trees. Where only `architecture` is given they are warned of.
  */
  checkArchitecture = {
    default = true;
    types = bool;
  };

  /**
    string: how layers are compressed in the archive or stream, and where the image is served or copied to docker:
    `"none"`, `"gzip"` or `"zstd"`. With one of these an archive is an OCI layout too, and is not compressed as a whole.
    For engines that push what they hold as it is (docker 29); `copyToRegistry` compresses anyway.
  */
  layerCompression.default = "none";

  /** set: `meta` of the result, as nixpkgs' derivations have it. */
  meta.default = { };

  /** set: further attributes of the result. */
  passthru.default = { };
}
