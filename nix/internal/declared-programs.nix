# The programs that a user's declarations (files, symlinks, shell) bring into the image's directories for programs, as
# paths of the store.
{ lib }:
declared: # result of declared-content.nix
let
  inherit (builtins) elem filter;
  directories = [
    "/bin"
    "/sbin"
    "/usr/bin"
    "/usr/sbin"
    "/usr/local/bin"
  ];
  isProgram = entry: elem (dirOf entry.path) directories;
  source = file: if file.source or null == null then "" else file.source;
in
if declared == null then
  [ ]
else
  filter (lib.hasPrefix "${builtins.storeDir}/") (
    map source (filter isProgram declared.files) ++ map (link: link.target) (filter isProgram declared.symlinks)
  )
