# The arguments that all functions which make an image have: argument -> its default (one without must be given), and the
# types that a value may have, in the words of builtins.typeOf, where a wrong one is found at evaluation.
#
# To give every image another argument: declare it here with its comment ("TYPE: what it is", for nix/README.md, which
# `tests/reference` writes anew), and use it in new-image.nix, which gets all of them by name. The functions, what they
# tell lib.functionArgs and what they say of unknown arguments follow.
{ goArchitecture }:
let
  bool = [ "bool" ];
  set = [ "set" ];
  setOrNull = [
    "set"
    "null"
  ];
  stringOrNull = [
    "string"
    "null"
  ];
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
    set: users by name, each a set: `uid`, and any of `gid` (by default the uid), `home` (by default `"/var/empty"`; one
    of their own is made, 0700, where the base has none), `shell` (a program, or null for nobody who logs in), `groups`
    (names of further groups) and `description`. They are in `/etc/passwd`, `group` and `shadow` (with no password),
    joined with the files of base, `layers` and trees, where a name or id that another has is an error; a group of the
    user's name is made where none has the gid. `/etc/nsswitch.conf` is added where there is none.
  */
  users = {
    default = { };
    types = set;
  };

  /** set: groups by name, each a set: `gid`, and maybe `members` (names of users). */
  groups = {
    default = { };
    types = set;
  };

  /**
    null or string: the user that the image runs as, one of `users` or of the base, or ids: `"app"`, `"app:group"`,
    `"1000:1000"`. Of a declared one `User` is the uid, as Kubernetes' `runAsNonRoot` wants it; runtimes find the groups
    in `/etc`.
  */
  defaultUser = {
    default = null;
    types = stringOrNull;
  };

  /**
    set: directories by absolute path, each a set with any of `mode` (octal digits in a string, `"0755"`), `user` and
    `group` (names or ids; by default the image's owner). What is in them stays. A base's symlinks are followed.
  */
  directories = {
    default = { };
    types = set;
  };

  /**
    set: files by absolute path, each a set with `text` or `source` (a file), and any of `mode` (by default `"0644"`,
    `"0755"` for an executable `source`), `user` and `group`. They win over trees and base.
  */
  files = {
    default = { };
    types = set;
  };

  /** set: symlinks by absolute path, each the string that it holds. The closure of what it mentions is in the image. */
  symlinks = {
    default = { };
    types = set;
  };

  /**
    set: capabilities of programs, by absolute path, as setcap takes them: `{ "/bin/ping" = "cap_net_raw+ep"; }`. A
    program that is a symlink into the store becomes a file. What scripts set that take themselves for root (setcap, or
    attributes `user.…`) is in the image, too. A runtime that allows no new privileges (ctr, and Kubernetes where
    `allowPrivilegeEscalation` is false) gives them to the container's first program alone, and one that drops a
    capability lets no program start that has it.
  */
  capabilities = {
    default = { };
    types = set;
  };

  /** bool: `/tmp` for everybody, 1777. */
  tmp = {
    default = false;
    types = bool;
  };

  /**
    bool: root certificates where programs look for them, as `caCertificates` has them, and `SSL_CERT_FILE` in `Env`
    where neither `config` nor the base sets it.
  */
  certificates = {
    default = false;
    types = bool;
  };

  /** bool: `/bin/sh`, which is bash, and `/usr/bin/env`. */
  shell = {
    default = false;
    types = bool;
  };

  /**
    bool: tini in front of `Entrypoint`, also of an inherited one, for programs that ignore SIGTERM or leave zombies as process 1. docker's own
    `--init` works as ever.
  */
  init = {
    default = false;
    types = bool;
  };

  /** null or string: the time zone, like `"Europe/Berlin"`, as `/etc/localtime`; no other is in the image. */
  timeZone = {
    default = null;
    types = stringOrNull;
  };

  /**
    null or string: the locale, as `LANG` in `Env` where neither `config` nor the base sets it; `"C.UTF-8"` needs no
    files, others are taken from `pkgs.glibcLocales`.
  */
  locale = {
    default = null;
    types = stringOrNull;
  };

  /**
    bool: an image with little for an attacker: without `defaultUser` and `config.User` it runs as a user `nonroot`
    (65532), `/tmp` is there and a volume, so that the rest may be read-only, and `StopSignal` is SIGTERM where none is
    set. `IMAGE.tests.hardened` says what else is against it: shells, what everybody may write, and what
    `allowPrivilegeEscalation: false` of Kubernetes takes away: setuid, and file capabilities, also declared ones.
  */
  hardened = {
    default = false;
    types = bool;
  };

  /**
    null or set: labels. A set, also an empty one, is filled with the words `org.opencontainers.image.*` that `name` and
    `meta` tell: title, description, licenses, url, source, version and revision (`meta.source`, `meta.version` and
    `meta.revision` are yours to set). Yours win; null leaves one out. `config.Labels` wins over all.
  */
  labels = {
    default = null;
    types = setOrNull;
  };

  /**
    null or set: annotations of the image's manifest, filled as `labels` are. They are in OCI layouts, served and pushed
    images; a docker-archive has no place for them.
  */
  annotations = {
    default = null;
    types = setOrNull;
  };

  /**
    null or set: how runtimes find out whether the container works: `command` (a list of words, or a string for the
    image's shell) and any of `interval`, `timeout`, `startPeriod`, `startInterval` (seconds, or strings like `"1m30s"`)
    and `retries`.
    docker reads it from every image; podman from docker-archives without `layerCompression` alone (elsewhere a warning
    says so), and Kubernetes has probes instead.
  */
  healthcheck = {
    default = null;
    types = setOrNull;
  };

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
      "null" # as "", which dockerTools has for it
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
