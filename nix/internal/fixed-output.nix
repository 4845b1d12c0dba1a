# The attributes of a derivation that fetches: its output is known, so the network is there.
# hash: outputHash, and outputHashAlgo where the hash itself does not say it.
{ lib }:
hash:
hash
// {
  outputHashMode = "flat";
  # In a multi-user Nix these are the daemon's. Older package sets do not name the last one.
  impureEnvVars = lib.unique (lib.fetchers.proxyImpureEnvVars ++ [ "NIX_SSL_CERT_FILE" ]);
  # What is fetched may mention a store path of ours (an image made by Nix does) and is still no reference. Nix before
  # 2.14 does not know this, and refuses such a file.
  unsafeDiscardReferences.out = true;
  preferLocalBuild = true; # the credentials, proxies and files in the sandbox are this machine's
}
