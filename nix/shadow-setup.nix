/**
  Script text for `runAsRoot`, or for `fakeRootCommands` with `enableFakechroot`: puts useradd, groupadd and their like
  into PATH, and writes the files that they refuse to do without. Files that the image has stay as they are.

  # Type

  ```
  shadowSetup :: string
  ```

  # Example

  ```nix
  buildImage {
    name = "app";
    runAsRoot = ''
      ${shadowSetup}
      useradd --system app
    '';
  }
  ```
*/
{ runtimeShell, shadow }:
''
  export PATH=${shadow}/bin:$PATH
  mkdir -p /etc/pam.d
  if [ ! -e /etc/passwd ]; then
    echo "root:x:0:0::/root:${runtimeShell}" > /etc/passwd
    (umask 077; echo "root:!x:::::::" > /etc/shadow)
  fi
  if [ ! -e /etc/group ]; then
    echo "root:x:0:" > /etc/group
    (umask 077; echo "root:x::" > /etc/gshadow)
  fi
  if [ ! -e /etc/login.defs ]; then
    : > /etc/login.defs # empty: shadow's own defaults
  fi
  if [ ! -e /etc/pam.d/other ]; then
    printf '%s\n' \
      'account sufficient pam_unix.so' \
      'auth sufficient pam_rootok.so' \
      'password requisite pam_unix.so nullok yescrypt' \
      'session required pam_unix.so' \
      > /etc/pam.d/other
  fi
''
