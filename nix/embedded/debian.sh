# shellcheck shell=bash
# Sourced by nix/quickstart and tests/run (bash): what a Debian machine needs before it can build images with Nix.

# The Debian packages that Nix and the embedded package set of this directory are made of; what every Debian has
# (bash, coreutils, …) is left out.
EMBEDDED_PACKAGES=(busybox ca-certificates fakeroot gawk hello libdeflate0 nix-bin patchelf python3 rsync skopeo zstd)

# stage TEXT…: one line of progress, with the seconds since the script started.
stage() {
    printf '[%3d s] %s\n' "$SECONDS" "$*" >&2
}

# fail TEXT…: the last line of a script that cannot go on.
fail() {
    printf 'nixdock: error: %s\n' "$*" >&2
    exit 1
}

# missing_packages PACKAGE…: print those that dpkg does not have.
missing_packages() {
    local package
    for package; do
        [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            echo "$package"
    done
}

# in_group GROUP: what a user whom GROUP lets in has to do.
in_group() {
    local user
    user=$(id -un)
    if [[ " $(id -nG "$user") " == *" $1 "* ]]; then
        echo "you were added to the group $1 after you logged in: log in again"
    else
        echo "run: sudo usermod -aG $1 $user, then log in again"
    fi
}

# install_packages PACKAGE…: install those that are missing; nothing is removed or upgraded for them.
# Another user than root gets the command to type.
install_packages() {
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    ((EUID == 0)) || fail "Debian packages are missing: run: sudo apt-get install ${missing[*]}"
    stage "Installing ${missing[*]}"
    # A new machine often runs an apt of its own: wait for it.
    local -a install=(apt-get install --quiet=2 --no-remove --no-install-recommends -o DPkg::Lock::Timeout=300)
    install+=("${missing[@]}")
    export DEBIAN_FRONTEND=noninteractive
    # The lists of a fresh machine are empty, those of an old one name versions that are gone: update only then.
    "${install[@]}" &>/dev/null && return 0
    apt-get update --quiet=2 || fail "apt-get update failed: look at /etc/apt/sources.list and the network"
    "${install[@]}" >/dev/null || fail "could not install ${missing[*]}: run apt-get install yourself to see why"
}

# nix_settings LINE…: add settings to what this run's Nix is told; they win over nix.conf.
nix_settings() {
    local line
    for line; do NIX_CONFIG+=${NIX_CONFIG:+$'\n'}$line; done
    export NIX_CONFIG
}

# The settings in force; the command's name changed with Nix 2.20.
nix_configuration() {
    local -a nix=(nix --extra-experimental-features nix-command)
    "${nix[@]}" config show 2>/dev/null || "${nix[@]}" show-config 2>/dev/null
}

# A user who is not root builds through the daemon: say what is missing for that.
nix_for_a_user() {
    local directory=/nix/var/nix/daemon-socket
    ((EUID != 0)) && [[ ! -w /nix/store ]] || return 0
    if [[ -d $directory && ! -x $directory ]]; then
        fail "only the group $(stat --format %G $directory) may use the Nix daemon: $(in_group "$(stat --format %G $directory)")"
    elif [[ -S $directory/socket ]]; then
        return 0
    elif [[ -z $(missing_packages nix-setup-systemd) ]]; then
        fail "the Nix daemon does not run: run: sudo systemctl start nix-daemon.socket"
    else
        fail "no Nix daemon is set up: run: sudo apt-get install nix-setup-systemd && sudo usermod -aG nix-users $(id -un)," \
            "then log in again; or run this as root"
    fi
}

# Root without a daemon builds as itself where the machine has no build users; a set-up that is there stays as it is.
nix_for_root_alone() {
    export USER=${USER:-$(id -un)}
    [[ $EUID == 0 && ! -S /nix/var/nix/daemon-socket/socket ]] || return 0
    local group
    group=$(nix_configuration | sed -n 's/^build-users-group = //p')
    if [[ -n $group ]] && ! getent group "$group" >/dev/null; then
        nix_settings 'build-users-group ='
    fi
}
