# The arguments of an image with what `hardened = true` adds to them; else as they are.
{ configKey, errors }:
image:
let
  inherit (errors image.function) fail;
  key = configKey image.config;
  setsUser = image.defaultUser != null || (key "User").value != null;
  volumes = key "Volumes";
  given = if image.config == null then { } else image.config;
in
if !image.hardened then
  image
else if image.shell then
  fail "both hardened and shell are given: a hardened image has no shell, leave one out"
else
  image
  // (
    if setsUser then
      { }
    else
      {
        defaultUser = "nonroot";
        users = {
          nonroot = {
            uid = 65532;
            home = "/home/nonroot";
          };
        }
        // image.users;
      }
  )
  // {
    tmp = true;
    # What is wrong with a config of another type, checked-config.nix says.
    config =
      if !builtins.isAttrs given || !(volumes.value == null || builtins.isAttrs volumes.value) then
        given
      else
        given
        // {
          ${volumes.name} = {
            "/tmp" = { };
          }
          // (if volumes.value == null then { } else volumes.value);
        };
  }
