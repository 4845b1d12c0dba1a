# shellcheck shell=bash
# Sourced at the start of every build, after `initialPath` is set: a small part of what nixpkgs' stdenv/setup does.
# PATH from the inputs; then buildCommand, or those phases that the derivation defines. There is no compiler.

set -e -o pipefail

# With structured attributes the variables are in a file, and outputs in an array.
if [ -e .attrs.sh ]; then
    source .attrs.sh
    export out="${outputs[out]}"
fi

PATH=
for input in ${nativeBuildInputs[*]-} ${buildInputs[*]-} $initialPath; do
    PATH="$PATH${PATH:+:}$input/bin"
done
export PATH
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-315532800}"

runHook() {
    if declare -F "$1" >/dev/null; then "$1"; else eval "${!1-}"; fi
}

# The tree or archive $src, writable, as the current directory.
unpackSource() {
    [ -n "${src-}" ] || return 0
    mkdir source
    if [ -d "$src" ]; then cp -r "$src"/. source; else tar -xf "$src" -C source --strip-components=1; fi
    chmod -R u+w source
    cd source
}

runPhase() {
    local phase=$1 capital=${1^}
    local skip="dont${capital%Phase}"
    [ -z "${!skip-}" ] || return 0
    runHook "pre${capital%Phase}"
    if [ "$phase" = unpackPhase ] && [ -z "${unpackPhase-}" ]; then unpackSource; else runHook "$phase"; fi
    runHook "post${capital%Phase}"
}

genericBuild() {
    if [ -e "${buildCommandPath-}" ]; then
        source "$buildCommandPath"
    elif [ -n "${buildCommand-}" ]; then
        eval "$buildCommand"
    else
        local phase
        for phase in unpackPhase patchPhase configurePhase buildPhase checkPhase installPhase fixupPhase; do
            runPhase "$phase"
        done
    fi
}
