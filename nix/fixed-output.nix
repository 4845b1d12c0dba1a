# The attributes of a derivation that fetches: its output is known, so the network is there.
# hash: outputHash, and outputHashAlgo where the hash itself does not say it.
hash:
hash
// {
  outputHashMode = "flat";
  # As nixpkgs' lib.fetchers.proxyImpureEnvVars. In a multi-user Nix these are the daemon's.
  impureEnvVars = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
    "HTTP_PROXY"
    "HTTPS_PROXY"
    "NO_PROXY"
    "NIX_SSL_CERT_FILE"
  ];
  # What is fetched may mention a store path of ours (an image made by Nix does) and is still no reference. Nix before
  # 2.14 does not know this, and refuses such a file.
  unsafeDiscardReferences.out = true;
  preferLocalBuild = true; # the credentials, proxies and files in the sandbox are this machine's
}
