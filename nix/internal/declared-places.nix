# The directories, files, symlinks and capabilities that a user declares by path, in the words of the step
# `declared-tree`.
{
  lib,
  declaredKeys,
  errors,
  shown,
}:
{
  function,
  directories,
  files,
  symlinks,
  capabilities,
  ...
}:
let
  inherit (errors function) fail;
  inherit (declaredKeys) mode owner;
  places = declaredKeys.places function;
  place = entry: removeAttrs entry [ "name" ] // { path = entry.name; };

  checkedFiles = places "files" {
    inherit (declaredKeys) text source;
    mode = mode "";
    user = owner;
    group = owner;
  } files;
  content =
    file:
    if (file.text == null) == (file.source == null) then
      fail "${file.argument} has ${if file.text == null then "no content" else "both text and source"}: give one of text and source"
    else
      place file // { source = if file.source == null then null else "${file.source}"; };

  # `PATH = VALUE`, where a VALUE is all that there is to say.
  values =
    argument: key: what: given:
    let
      entries = lib.mapAttrs (
        path: value:
        if lib.isStringLike value && "${value}" != "" then
          { ${key} = "${value}"; }
        else
          fail "${argument}.\"${path}\" is ${shown value}: write ${what}"
      ) given;
      keys.${key} = {
        types = [ "string" ];
        example = what;
      };
    in
    map place (places argument keys entries);
in
{
  directories = map place (places "directories" {
    mode = mode "0755";
    user = owner;
    group = owner;
  } directories);
  files = map content checkedFiles;
  symlinks = values "symlinks" "target" "what the link holds, a string" symlinks;
  capabilities = values "capabilities" "capability" "capabilities as setcap takes them, like \"cap_net_raw+ep\"" capabilities;
}
