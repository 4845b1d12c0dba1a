# The hash that a user gave for what is fetched, in a form that nixpkgs' fetchers take -> outputHash, and outputHashAlgo
# where the hash does not name its algorithm itself. None, or an empty one: Nix then says which hash it found.
# function: who asks, for the error.
{ errors, shown }:
function:
{
  hash, # SRI, "sha256:…", or sha256 in base 16, 32 or 64
  sha256,
  sha512,
  outputHash, # with outputHashAlgo, as a derivation has it
  outputHashAlgo,
}:
let
  inherit (errors function) fail;
  forms = {
    inherit
      hash
      sha256
      sha512
      outputHash
      ;
  };
  written = builtins.filter (form: forms.${form} != null) (builtins.attrNames forms);
  given = builtins.filter (form: forms.${form} != "") written;
  form = builtins.head (given ++ written ++ [ "hash" ]);
  value = if forms.${form} == null then "" else forms.${form};
  algorithm =
    {
      hash = null;
      outputHash = outputHashAlgo;
    }
    .${form} or form;
  named = builtins.match "(md5|sha1|sha256|sha512)[-:].*" value;
in
if builtins.length given > 1 then
  fail "both ${builtins.concatStringsSep " and " (map (name: "`${name}`") given)} are given: keep one"
else if !builtins.isString value then
  fail "${form} is ${shown value}, not a string: write it in quotes, as nix-prefetch-docker prints it"
else if named == null then
  {
    outputHash = value;
    outputHashAlgo = if algorithm == null then "sha256" else algorithm;
  }
else if algorithm != null && algorithm != builtins.head named then
  fail "${form} = \"${value}\" is not of the algorithm ${algorithm}: write hash = \"${value}\""
else
  { outputHash = value; }
