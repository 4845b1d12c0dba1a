# The arguments of an image with what `hardened = true` adds to them; else as they are.
{ errors }:
image:
let
  inherit (errors image.function) fail;
  keys = if builtins.isAttrs image.config then image.config else { };
  setsUser = image.defaultUser != null || keys.User or null != null;
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
    config = {
      StopSignal = "SIGTERM";
    }
    // keys
    // {
      Volumes = {
        "/tmp" = { };
      }
      // keys.Volumes or { };
    };
  }
