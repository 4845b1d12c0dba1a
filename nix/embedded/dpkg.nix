# What dpkg knows of this machine, read at evaluation time: the status file and the lists of installed files.
#
# platform ─► {
#   package NAME          { name version isLibrary depends }; an error that names the remedy where NAME is not installed
#   names                 every name that the status file holds, installed or not
#   closure FOLLOW NAMES  NAMES and all that they depend on, as far as FOLLOW says (a predicate on package records)
#   source NAME NAMES     store path with the files of the Debian packages NAMES, laid out as under /usr
#   renames NAMES         { "path in source" = "path in package"; } for the files that dpkg diverted
# }
# Formats: deb-control(5), dpkg(1) and dpkg-divert(1).
platform:
let
  inherit (builtins) concatMap elemAt filter groupBy head isString length listToAttrs map match pathExists readFile split;

  database = "/var/lib/dpkg";

  # Pure evaluation has no currentSystem, and may not read files of the machine.
  read =
    if !builtins ? currentSystem then
      _: throw "nixdock: pure evaluation may not read Debian's packages in ${database}: add --impure to the command, or use nixpkgs"
    else if !pathExists (/. + database + "/status") then
      _: throw "nixdock: no Debian packages in ${database}: the embedded package set needs Debian or one of its children; use nixpkgs here"
    else
      file: readFile (/. + database + "/${file}");

  splitOn = separator: text: filter isString (split separator text);
  lines = splitOn "\n";

  # [ "" [ NAME ] STANZA [ NAME ] STANZA … ] ─► { NAME = [ { name stanza } … ]; }, several where architectures are mixed.
  stanzas =
    let
      pieces = split "\nPackage: ([^\n]+)\n" ("\n" + read "status");
      count = (length pieces - 1) / 2;
      nth = i: {
        name = head (elemAt pieces (2 * i + 1));
        stanza = elemAt pieces (2 * i + 2);
      };
    in
    groupBy (entry: entry.name) (builtins.genList nth count);

  parse =
    { name, stanza }:
    let
      field = line: match "([A-Za-z-]+): (.*)" line;
      fields = listToAttrs (
        map (found: {
          name = head found;
          value = elemAt found 1;
        }) (filter (found: found != null) (map field (lines stanza)))
      );
      relations = concatMap (key: splitOn ", *" (fields.${key} or "")) [
        "Pre-Depends"
        "Depends"
      ];
      usable = alternatives: filter isInstalled (map (a: head (match "([a-z0-9.+-]*).*" a)) (splitOn " *[|] *" alternatives));
      firstOf = list: if list == [ ] then [ ] else [ (head list) ];
    in
    {
      inherit name;
      version = fields.Version or "";
      # libjq1 is in the section of jq, with `Multi-Arch: same`, as what has a folder for each architecture.
      isLibrary = match "(.*/)?libs" (fields.Section or "") != null || fields.Multi-Arch or "" == "same";
      architecture = fields.Architecture or "";
      installed = match ".* ok installed" (fields.Status or "") != null;
      # One name for each relation: the first alternative that is here. Virtual packages have no files and are left out.
      depends = concatMap (relation: firstOf (usable relation)) relations;
    };

  ours = record: record.installed && (record.architecture == platform.debianArchitecture || record.architecture == "all");
  records = builtins.mapAttrs (_: entries: filter ours (map parse entries)) stanzas;
  isInstalled = name: records.${name} or [ ] != [ ];

  package =
    name:
    if isInstalled name then
      head records.${name}
    else
      throw "nixdock: the Debian package '${name}' is not installed in ${database}/status: run: apt-get install ${name}";

  closure =
    follow: names:
    map (node: node.key) (
      builtins.genericClosure {
        startSet = map (key: { inherit key; }) names;
        operator = node: map (key: { inherit key; }) (filter (name: follow (package name)) (package node.key).depends);
      }
    );

  # Debian's /bin, /sbin, /lib and /lib64 are links into /usr; the lists still name files by either way.
  underUsr = path: if match "/(bin|sbin|lib|lib64)(/.*)?" path != null then "/usr" + path else path;

  # { "/usr/bin/x" = { to = "/usr/bin/x.distrib"; by = "NAME"; }; }
  diversions =
    let
      entries = lines (read "diversions");
      nth = i: {
        name = underUsr (elemAt entries (3 * i));
        value = {
          to = underUsr (elemAt entries (3 * i + 1));
          by = elemAt entries (3 * i + 2);
        };
      };
    in
    listToAttrs (builtins.genList nth ((length entries) / 3));

  # Files of a package: { "where it is on this machine" = "where the package puts it"; }
  files =
    name:
    let
      qualified = "info/${name}:${platform.debianArchitecture}.list";
      list = read (if pathExists (/. + database + "/${qualified}") then qualified else "info/${name}.list");
      entry =
        path:
        let
          diversion = diversions.${path} or { by = name; };
        in
        {
          name = if diversion.by == name then path else diversion.to;
          value = path;
        };
    in
    builtins.seq (package name) (listToAttrs (map (path: entry (underUsr path)) (lines list)));

  filesOf = names: builtins.foldl' (all: name: all // files name) { } names;

  # Documentation, translations and what serves the host's services only: half the bytes, and nothing runs by it.
  unwanted =
    path:
    match "/usr/share/(applications|bash-completion|binfmts|bug|debianutils|doc|doc-base|fish|gcc|gdb|icons|info|initramfs-tools|lintian|locale|man|menu|pixmaps|polkit-1|zsh)(/.*)?" path != null
    || match "/usr/lib/(binfmt[.]d|systemd|sysusers[.]d|tmpfiles[.]d|udev|valgrind|[^/]*/gconv)(/.*)?" path != null;
in
{
  inherit package closure;
  names = builtins.attrNames stanzas;

  source =
    name: names:
    let
      wanted = filesOf names;
    in
    builtins.path {
      inherit name;
      path = /usr;
      filter = path: _type: wanted ? ${path} && !unwanted path;
    };

  renames =
    names:
    let
      all = filesOf names;
      diverted = filter (path: all.${path} != path) (builtins.attrNames all);
    in
    listToAttrs (
      map (path: {
        name = path;
        value = all.${path};
      }) diverted
    );
}
