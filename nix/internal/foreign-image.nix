# An image of another tool that a user gave, a file or a directory of any form (nixdock_hook/images/foreign.py) -> its
# path in the store.
# function, subject: as store-string.nix has them.
{ storeString }:
function: subject:
storeString {
  inherit function subject;
  remedy = "write an archive's path without quotes, fetch it with pullImage, or give an image of nixdock";
}
