# The attributes of a derivation that fetches: its output is known, so the network is there.
# hash: SRI, or what the algorithm sha256 gives in base 16, 32 or 64.
hash:
{
  outputHash = hash;
  outputHashAlgo = "sha256";
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
