# One store path from one or more Debian packages, and from the libraries that they depend on, one store path each.
#
# { platform, dpkg, bootstrap } ─► {
#   make SPEC      the derivation for SPEC, below
#   libraries      { NAME = derivation; } for every Debian package: forced for those that something is linked with
# }
# SPEC = {
#   pname          name of the attribute
#   debian         names of the Debian packages; the first one gives the version
#   absorb         regular expression: dependencies of that name become part of this store path
#   inputs         further derivations: interpreters of scripts, programs named in `replace`
#   etc            files to take from this machine's /etc, relative to it; they stand in the result's etc
#   links          { "bin/awk" = "gawk"; }: more symlinks, targets relative to where they stand
#   only           list of files to keep, relative to the result; null = all
#   replace        { "bin/x" = { "text" = "other text"; }; }; @out@ stands for the result's store path
#   mainProgram    for meta; null = it has none
#   passthru       attributes to add to the derivation
# }
{
  platform,
  dpkg,
  bootstrap,
}:
let
  inherit (builtins)
    concatMap
    elem
    elemAt
    filter
    head
    match
    ;

  # 1:5.2.15+dfsg-2+b8 ─► 5.2.15; a store path's name takes neither ':' nor '~'.
  upstreamVersion =
    version:
    let
      withoutEpoch = elemAt (match "([0-9]+:)?(.*)" version) 1;
      first = pattern: text: let found = match pattern text; in if found == null then text else head found;
      withoutRevision = first "(.*)-[^-]*" withoutEpoch;
      upstream = first "(.*[0-9])[+.~](dfsg|ds)[0-9.]*" withoutRevision;
    in
    builtins.replaceStrings [ "~" ":" ] [ "-" "-" ] upstream;

  make =
    {
      pname,
      debian,
      absorb ? null,
      inputs ? [ ],
      etc ? [ ],
      links ? { },
      only ? null,
      replace ? { },
      mainProgram ? null,
      passthru ? { },
    }:
    let
      members = if absorb == null then debian else dpkg.closure (record: match absorb record.name != null) debian;
      dependencies = concatMap (member: (dpkg.package member).depends) members;
      linked = filter (name: (dpkg.package name).isLibrary && !elem name members) dependencies;
      version = upstreamVersion (dpkg.package (head debian)).version;
      name = "${pname}-${version}";
    in
    bootstrap.run name "relocate.py" {
      source = dpkg.source "${name}-debian" members;
      renames = dpkg.renames members;
      libraries = map (library: libraries.${library}) linked;
      etc = builtins.listToAttrs (
        map (file: {
          name = "etc/${file}";
          value = builtins.path { path = /etc + "/${file}"; };
        }) etc
      );
      inherit (platform) triplet loader;
      inherit
        inputs
        links
        only
        replace
        ;
    }
    // {
      inherit pname version;
      meta = {
        description = "Debian's ${toString debian}";
        platforms = [ platform.system ];
      }
      // (if mainProgram == null then { } else { inherit mainProgram; });
    }
    // passthru;

  # libc opens libgcc_s by name when a thread is cancelled; libgcc_s and libcrypt need libc: one path for the circle.
  circle = [
    "libc6"
    "libgcc-s1"
    "libcrypt1"
  ];
  libc = make {
    pname = "glibc";
    debian = circle;
  };

  named = value: names: builtins.listToAttrs (map (name: { inherit name; value = value name; }) names);
  library =
    name:
    make {
      pname = name;
      debian = [ name ];
    };
  libraries = named library dpkg.names // named (_: libc) circle;
in
{
  inherit make libraries;
}
