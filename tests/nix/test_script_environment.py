"""What a user's script finds: the stdenv's functions and options, tools, a host name, a network of its own."""

from __future__ import annotations

import io
import tarfile

import pytest

from tests.support import images
from tests.support.nix import Nix

IMAGES = {
    "extraCommands": 'dockerTools.buildImage { name = "a"; extraCommands = code; }',
    "layered extraCommands": 'dockerTools.buildLayeredImage { name = "a"; extraCommands = code; }',
    "fakeRootCommands": 'dockerTools.buildLayeredImage { name = "a"; fakeRootCommands = code; }',
    "fakechroot": 'dockerTools.buildLayeredImage { name = "a"; fakeRootCommands = code; enableFakechroot = true; }',
    "runAsRoot": 'dockerTools.buildImage { name = "a"; runAsRoot = code; }',
    "beside runAsRoot": 'dockerTools.buildImage { name = "a"; runAsRoot = "true"; extraCommands = code; }',
}
IN_STDENV = [name for name in IMAGES if "runAsRoot" not in name]


def made(nix: Nix, kind: str, script: str) -> dict[str, bytes]:
    """The files of the layer that a script of this kind makes, with their content, but for the store's."""
    image = nix.build_expression(f"let code = ''{script}''; in {IMAGES[kind]}")
    with tarfile.open(fileobj=io.BytesIO(images.layers_of(image)[-1])) as tar:
        files = {member.name: file.read() for member in tar if (file := tar.extractfile(member))}
    return {name: content for name, content in files.items() if not name.startswith("nix/store/")}


@pytest.mark.parametrize("kind", IN_STDENV)
def test_functions_and_options_of_the_stdenv(nix: Nix, kind: str) -> None:
    script = """
        echo old > word
        substituteInPlace word --replace old new
        printf '#!/bin/sh\\n' > script; chmod +x script
        patchShebangs script
        hook() { echo ran > hook; }
        runHook hook
        for file in none-*; do touch "made-$file"; done
        test -e "$stdenv/setup"; test -n "$out"
        if (set -e; false | true); then touch no-pipefail; fi
    """
    files = made(nix, kind, script)
    assert set(files) == {"word", "script", "hook"}
    assert (files["word"], files["hook"]) == (b"new\n", b"ran\n")
    assert files["script"].startswith(b"#!/nix/store/")


@pytest.mark.parametrize("kind", ["runAsRoot", "beside runAsRoot"])
def test_plain_bash_with_set_e(nix: Nix, kind: str) -> None:
    files = made(nix, kind, 'false | cat; for file in none-*; do echo > "made-$file"; done; test -n "$out"')
    assert set(files) == {"made-none-*"}
    nix.fails(f'let code = "false; true"; in {IMAGES[kind]}')


@pytest.mark.parametrize("kind", IMAGES)
def test_tools_a_host_name_and_a_network(nix: Nix, kind: str) -> None:
    script = """
        hostname > name; rsync --version > /dev/null
        file=$(mktemp); echo temporary > $file; cat $file > copy; rm $file
        ${pkgs.python3}/bin/python3 -c 'import socket; socket.create_server(("127.0.0.1", 8000))'
    """
    files = made(nix, kind, script)
    assert (files["name"], files["copy"]) == (b"localhost\n", b"temporary\n")
    assert set(files) == {"name", "copy"}


@pytest.mark.parametrize("kind", IMAGES)
def test_who_is_who_on_any_machine(nix: Nix, kind: str) -> None:
    """Debian has a user games; nobody else does."""
    one, other = (
        made(
            nix.configured(f"sandbox = {word}"),
            kind,
            f"# {word}\nid -u > me; if id games; then touch games; fi; cat /etc/passwd > all || :",
        )
        for word in ("true", "false")
    )
    assert one == other and set(one) <= {"me", "all"}


@pytest.mark.parametrize("kind", ["fakeRootCommands", "fakechroot", "runAsRoot"])
def test_owners_by_name(nix: Nix, kind: str) -> None:
    argument = "contents" if "Layered" in IMAGES[kind] else "copyToRoot"
    files = 'pkgs.writeTextDir "etc/passwd" "games:x:7:8::/:/x\\n"'
    image = IMAGES[kind].replace("Image {", f"Image {{ {argument} = {files};")
    for word in ("true", "false"):
        code = f"# {word}\ntouch owned; chown games owned"
        built = nix.configured(f"sandbox = {word}").build_expression(f"let code = ''{code}''; in {image}")
        with tarfile.open(fileobj=io.BytesIO(images.layers_of(built)[-1])) as tar:
            assert next(member.uid for member in tar if member.name == "owned") == 7


def test_root_may_set_the_host_name(nix: Nix) -> None:
    assert made(nix, "runAsRoot", "hostname elsewhere; hostname > name") == {"name": b"elsewhere\n"}
