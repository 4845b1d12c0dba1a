# shellcheck shell=bash
# Sourced at the start of every build, after `initialPath` is set: a small part of what nixpkgs' stdenv/setup does.
# PATH from the inputs; then buildCommand, or those phases that the derivation defines. There is no compiler.

set -e -o pipefail
shopt -s nullglob

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

# substitute FILE RESULT OPTION…: replace texts in a file. Options: --replace OLD NEW (also --replace-fail, which wants
# OLD to be there, --replace-warn and --replace-quiet), --subst-var-by NAME TEXT and --subst-var NAME, which replace @NAME@.
substitute() {
    local input=$1 output=$2 text old new
    shift 2
    [ -f "$input" ] || { echo "substitute: $input: no such file" >&2; return 1; }
    IFS= read -r -d '' text <"$input" || true
    while (($#)); do
        case $1 in
        --replace | --replace-fail | --replace-warn | --replace-quiet) old=$2 new=$3 ;;
        --subst-var-by) old=@$2@ new=$3 ;;
        --subst-var) set -- "$1" "$2" "${!2}" "${@:3}" && old=@$2@ new=$3 ;;
        *) echo "substitute: $1: no such option" >&2; return 1 ;;
        esac
        if [[ $text != *"$old"* ]]; then
            case $1 in
            --replace | --replace-warn) echo "substitute: $input has no '$old'" >&2 ;;
            --replace-fail) echo "substitute: $input has no '$old'" >&2; return 1 ;;
            esac
        fi
        text=${text//"$old"/"$new"}
        shift 3
    done
    [ ! -e "$output" ] || chmod u+w "$output"
    printf %s "$text" >"$output"
}

# substituteInPlace FILE… OPTION…
substituteInPlace() {
    local -a files=()
    while (($#)) && [[ $1 != --* ]]; do files+=("$1") && shift; done
    local file
    for file in "${files[@]}"; do substitute "$file" "$file" "$@"; done
}

# patchShebangs PATH…: scripts below start what PATH has, instead of /bin/sh and the like.
patchShebangs() {
    local file line program arguments
    while IFS= read -r -d '' file; do
        IFS= read -r line <"$file" 2>/dev/null || true
        [[ $line == '#!'* && $line != '#!'*/nix/store/* ]] || continue
        read -r program arguments <<<"${line#??}"
        if [[ ${program##*/} == env ]]; then read -r program arguments <<<"${arguments#-S }"; fi
        program=$(type -P "${program##*/}") || continue
        sed -i "1s|.*|#!$program${arguments:+ $arguments}|" "$file"
    done < <(find "$@" -type f -perm -0100 -print0)
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
