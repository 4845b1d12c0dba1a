"""Every example of nix/examples, run as a person would: what its container prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.docker import Docker
from tests.support.nix import Nix

from .loader import Loader

HELLO = "Hello, world!\n"

PRINTS = {
    "hello": HELLO,
    "onRecipe": "blue\nanswer = 42\nmore = 1\n",
    "onArchive": HELLO,
    "inheritNone": "COLOUR=\n",
    "scripted": f"1777 UNKNOWN /tmp\n600 UNKNOWN /etc/added.conf\nanswer = 43\n{HELLO}",
    "owned": "1000:1000\n",
    "named": HELLO,
    "uncompressed": HELLO,
    "zstd": HELLO,
    "layered": HELLO,
    "streamed": HELLO,
    "bulk": HELLO,
    "hinted": HELLO,
    "layeredOnLayered": HELLO,
    "fakeRoot": """\
/var/data 2750 999:998 directory
/var/data/file 644 999:998 regular file
/bin/setuid-hello 4755 0:0 regular file
/var/fifo 600 0:0 fifo
""",
    "layeredOwner": "1000:1000 1262304000\n",
    "pipeline": HELLO,
    "sharedLayers": f"answer = 42\n{HELLO}",
    "perms": "/etc 555 0:0\n/etc/example.conf 640 12:34\n",
    "declaredOnBase": """\
hello
worker:x:1001:1001::/home/worker:/sbin/nologin
/home/worker
700 1001:1001
1777 0:0
""",
    "runAsRoot": """\
/data 2750 999:999
/data/who 644 0:0
/etc/moved.conf 600 0:0
0 /
after
hostname
hosts
late.conf
moved.conf
mtab
resolv.conf
Hello, world!
""",
}


def test_every_example_has_a_test(nix: Nix) -> None:
    sources = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    tested = {*PRINTS, *re.findall(r"examples\.(\w+)", sources), "demo"}  # the demo is nixdock.image
    assert set(json.loads(nix.evaluate("builtins.attrNames nixdock.examples"))) <= tested


@pytest.mark.parametrize("name", PRINTS)
def test_what_an_example_prints(load: Loader, docker: Docker, name: str) -> None:
    _, reference = load(f"nixdock.examples.{name}")
    assert docker.run(reference) == PRINTS[name]


def test_shell(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.shell")
    said = docker.run(reference, "/bin/bash", "-c", 'echo "$COLOUR in $PWD"; cat example.conf')
    assert said == "green in /etc\nanswer = 42\n"


def test_inherit_all(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.inheritAll")
    config = docker.inspect(reference)["Config"]
    assert config["Labels"] == {"purpose": "a base with a shell", "added": "here"}
    assert (config["Cmd"], config["WorkingDir"]) == (["/bin/bash"], "/etc")


def test_dirlinks(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.dirlinks")
    assert docker.run(reference).rstrip().endswith("/bin -> usr/bin")


def test_fake_chroot(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.fakeChroot")
    made, owner, *root = docker.run(reference).splitlines()
    assert (made, owner) == ("by 0 in /", "12:34")
    assert {"bin", "nix", "srv"} <= set(root)


def test_without_store_paths(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.withoutStorePaths")
    assert not any(name.startswith("nix") for name in docker.tree(reference))
    assert docker.run(reference, options=("--volume", "/nix/store:/nix/store:ro")) == HELLO


@pytest.mark.parametrize(("name", "extension"), [("uncompressed", ".tar"), ("hello", ".tar.gz"), ("zstd", ".tar.zst")])
def test_the_compressor_changes_the_file_only(load: Loader, docker: Docker, name: str, extension: str) -> None:
    image, _ = load(f"nixdock.examples.{name}")
    hello, _ = load("nixdock.examples.hello")
    assert image.archive.name.endswith(f"-docker-image-{name}{extension}")
    assert image.diff_ids == hello.diff_ids
