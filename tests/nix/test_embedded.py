"""The embedded package set: every package runs with nothing but its closure, and is the same when built again."""

from __future__ import annotations

import json
import shlex
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.support.bare import closure, run_alone
from tests.support.nix import Nix
from tests.support.tools import ROOT, need, output

EMBEDDED = ROOT / "nix" / "embedded"

PROGRAMS = [
    # attribute, program with its arguments, what it prints
    ("bash", "sh -c 'echo $((6*7))'", "42"),
    ("busybox", "ls -d /nix", "/nix"),
    ("coreutils", "sha256sum /dev/null", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("curl", "curl --silent file:///proc/self/comm", "curl"),
    ("diffutils", "cmp --version", "cmp (GNU diffutils)"),
    ("fakeroot", "fakeroot --version", "fakeroot version"),
    ("findutils", "find /nix -maxdepth 1 -name store", "/nix/store"),
    ("gawk", "awk 'BEGIN { print 6 * 7 }'", "42"),
    ("getopt", "getopt ab: -b c", "-b c --"),
    ("gnugrep", "egrep --version", "grep (GNU grep)"),
    ("gnused", "sed --version", "(GNU sed)"),
    ("gnutar", "tar --version", "tar (GNU tar)"),
    ("gzip", "gzip --version", "gzip"),
    ("gzip", "zcat --version", "zcat (gzip)"),
    ("hello", "hello", "Hello, world!"),
    ("zstd", "zstd --version", "Zstandard"),
]
ATTRIBUTES = sorted(
    {attribute for attribute, _, _ in PROGRAMS}
    | {"cacert", "git", "nginx", "nix", "python3", "redis", "shadow", "skopeo", "tzdata"}
)


@pytest.fixture(scope="module")
def packages(nix: Nix) -> dict[str, Path]:
    """Attribute ─► store path, all built."""
    options = [word for attribute in ATTRIBUTES for word in ("-A", attribute)]
    paths = nix("nix-build", "--no-out-link", EMBEDDED, *options).splitlines()
    return {attribute: Path(path) for attribute, path in zip(ATTRIBUTES, paths, strict=True)}


@pytest.mark.parametrize(("attribute", "command", "prints"), PROGRAMS)
def test_a_program_runs_with_nothing_but_its_closure(
    nix: Nix, packages: dict[str, Path], attribute: str, command: str, prints: str
) -> None:
    program, *arguments = shlex.split(command)
    package = packages[attribute]
    assert prints in run_alone(nix, [package], package / "bin" / program, *arguments)


def test_python_has_its_standard_library(nix: Nix, packages: dict[str, Path]) -> None:
    imports = "import bz2, ctypes, hashlib, json, lzma, readline, sqlite3, ssl, subprocess, tarfile, threading, zlib"
    script = f"""{imports}
thread = threading.Thread(target=print, args=(hashlib.sha256(b"").hexdigest()[:8], hashlib.sha256.__name__))
thread.start()
thread.join()
"""
    python = packages["python3"]
    assert run_alone(nix, [python], python / "bin" / "python3", "-I", "-S", "-c", script) == "e3b0c442 openssl_sha256\n"


def test_python_starts_from_bytecode(packages: dict[str, Path]) -> None:
    [standard_library] = (packages["python3"] / "lib").glob("python3.*")
    missing = [module for module in standard_library.glob("*.py") if not compiled(module)]
    assert not missing


def compiled(module: Path) -> bool:
    return module.is_symlink() or any((module.parent / "__pycache__").glob(f"{module.stem}.cpython-*.pyc"))


def test_the_bundle_of_certificates_is_one_that_openssl_reads(packages: dict[str, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(packages["cacert"] / "etc/ssl/certs/ca-bundle.crt")
    assert context.cert_store_stats()["x509_ca"] > 50


def test_libraries_are_store_paths_of_their_own(nix: Nix, packages: dict[str, Path]) -> None:
    names = {path.name[33:].partition("-")[0] for path in closure(nix, packages["bash"])}
    assert names == {"bash", "glibc", "libtinfo6"}
    assert len(closure(nix, packages["hello"])) == 2
    assert closure(nix, packages["hello"])[0] in closure(nix, packages["bash"])


def test_nothing_is_loaded_from_outside_the_closure(nix: Nix, packages: dict[str, Path]) -> None:
    """libc's own files are never patched: they need only the libc.so.6 that is loaded already."""
    foreign = []
    for path in closure(nix, *packages.values()):
        files = [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
        for file in files:
            content = file.read_bytes()
            if content.startswith(b"\x7fELF") and "-glibc-" not in path.name:
                foreign += [(file, directory) for directory in loaded_from(file) if not is_stored(directory)]
            elif content.startswith(b"#!") and file.stat().st_mode & 0o100 and b"/nix/store/" not in content[:100]:
                foreign.append((file, content[:100].decode()))
    assert not foreign


def loaded_from(file: Path) -> list[str]:
    """The directories of an ELF file's rpath, and its interpreter where it has one."""

    def patchelf(option: str) -> list[str]:
        done = subprocess.run([need("patchelf"), option, str(file)], capture_output=True, text=True, check=False)
        return done.stdout.strip().split(":") if done.returncode == 0 else []

    return [path for path in patchelf("--print-rpath") + patchelf("--print-interpreter") if path]


def is_stored(path: str) -> bool:
    return path.startswith("/nix/store/")


def test_every_derivation_gives_the_same_bytes_again(nix: Nix, packages: dict[str, Path]) -> None:
    derivers = nix("nix-store", "--query", "--deriver", *closure(nix, *packages.values())).splitlines()
    nix("nix-store", "--realise", "--check", *sorted(set(derivers)))


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_package_says_its_name_and_version(nix: Nix, attribute: str) -> None:
    said = json.loads(nix.evaluate(f"with pkgs.{attribute}; {{ inherit pname version name; }}"))
    assert said["name"] == f"{said['pname']}-{said['version']}"
    assert said["version"][0].isdigit()
    assert ":" not in said["version"]


def test_a_library_outside_of_debians_section_of_libraries_is_found(nix: Nix) -> None:
    jq = nix.build_expression('pkgs.debian.make { pname = "jq"; debian = [ "jq" ]; }')
    assert output(jq / "bin/jq", "-n", "1 + 1") == b"2\n"


def test_a_missing_debian_package_is_named_with_the_command_that_installs_it(nix: Nix) -> None:
    message = nix.fails('pkgs.debian.make { pname = "absent"; debian = [ "no-such-package" ]; }')
    assert "'no-such-package' is not installed" in message
    assert "run: apt-get install no-such-package" in message


def test_a_missing_debian_package_is_no_error_until_it_is_used(nix: Nix) -> None:
    absent = 'debian.make { pname = "absent"; debian = [ "no-such-package" ]; }'
    overlay = f"(final: prev: {{ absent = prev.{absent}; answer = prev.hello.pname; }})"
    assert nix.evaluate(f"(import {EMBEDDED} {{ overlays = [ {overlay} ]; }}).answer") == '"hello"'


def test_pure_evaluation_is_told_the_way_out(nix: Nix) -> None:
    command = [need("nix"), "build", "--no-link", f"path:{EMBEDDED}#hello"]
    done = subprocess.run(command, env=nix.environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "add --impure" in done.stderr


def test_an_unknown_system_is_told_the_known_ones(nix: Nix) -> None:
    assert "x86_64-linux" in nix.fails(f'(import {EMBEDDED} {{ system = "m68k-linux"; }}).hello')


def test_a_flake_takes_it_for_nixpkgs(nix: Nix, packages: dict[str, Path]) -> None:
    command = ["eval", "--raw", "--impure", f"path:{EMBEDDED}#legacyPackages.x86_64-linux.hello.outPath"]
    assert nix("nix", *command) == str(packages["hello"])
