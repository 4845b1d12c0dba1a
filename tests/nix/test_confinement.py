"""Scripts that want out: nothing but the tree of the image changes, whoever builds, with Nix's sandbox and without."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support import images
from tests.support.nix import PRELUDE, Nix
from tests.support.tools import need, need_root

IMAGES = {
    "runAsRoot": 'buildImage { name = "a"; runAsRoot = attacks "/"; extraCommands = attacks "/"; }',
    "plain": 'buildLayeredImage { name = "a"; extraCommands = attacks "$PWD"; fakeRootCommands = attacks "$PWD"; }',
    "fakechroot": 'buildLayeredImage { name = "a"; fakeRootCommands = attacks "/"; enableFakechroot = true; }',
}
LEVERS = [Path("/proc/sys/kernel/hostname"), Path("/proc/sys/user/max_time_namespaces")]


@dataclass(frozen=True)
class Victims:
    """A store path, as an expression and made, and a directory of the machine that everybody may write to."""

    expression: str
    path: Path
    outside: Path

    def state(self, nix: Nix) -> Mapping[str, object]:
        """All that a script could have changed."""
        files = [self.path, *self.path.rglob("*"), self.outside, *self.outside.rglob("*")]
        verified = subprocess.run([need("nix-store"), "--verify-path", self.path], env=nix.environment, check=False)
        return {
            **{str(path): attributes(path) for path in files},
            "verified": verified.returncode,
            "levers": [lever.read_text() for lever in LEVERS],
            "devices": [os.stat(f"/dev/{name}").st_mode for name in ("null", "zero")],
            "store": os.stat("/nix/store").st_mode,
            "new": [name for name in os.listdir("/nix/store") if name.endswith(self.outside.name)],
        }

    def attacked(self, image: str) -> str:
        """The expression for an image whose scripts are attacks.sh."""
        tools = "export PATH=$PATH:${pkgs.util-linux}/bin:${pkgs.python3}/bin"
        settings = f"{tools}; victim=${{{self.expression}}} outside={self.outside} top=${{top}}"
        file = Path(__file__).with_name("attacks.sh")
        return f'let attacks = top: "{settings}\\n" + builtins.readFile {file}; in nixdock.{image}'


def attributes(path: Path) -> object:
    status = path.lstat()
    content = path.read_bytes() if path.is_file() else b""
    return status.st_mode, status.st_uid, status.st_gid, status.st_nlink, status.st_mtime_ns, content


@pytest.fixture(scope="module")
def own(nix: Nix) -> Nix:
    """Nix, with no hard links between what is made for these tests and anything else."""
    return nix.configured("auto-optimise-store = false")


@pytest.fixture
def victims(own: Nix, tmp_path: Path) -> Victims:
    outside = tmp_path / f"outside-{uuid4()}"
    outside.mkdir()
    (outside / "file").write_text("original")
    (outside / "file").chmod(0o666)
    outside.chmod(0o777)
    make = "mkdir -p $out/etc; echo original > $out/etc/file"
    expression = f'pkgs.runCommand "{outside.name}-path" {{ }} "{make}"'
    return Victims(expression, own.build_expression(expression), outside)


def escapes(image: Path) -> bytes:
    """What attacks.sh reports."""
    with tarfile.open(fileobj=io.BytesIO(images.layers_of(image)[-1])) as tar:
        file = tar.extractfile("escapes")
        assert file is not None
        return file.read()


@pytest.mark.parametrize("sandbox", ["true", "false"])
@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_root_alone(own: Nix, victims: Victims, image: str, sandbox: str) -> None:
    before = victims.state(own)
    built = own.configured(f"sandbox = {sandbox}").build_expression(victims.attacked(image))
    assert victims.state(own) == before
    assert escapes(built) == b""


# Users and groups of this test's own, seen in a mount namespace of its own.
BUILD_USERS = """
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
shift
exec "$@"
"""


@pytest.mark.parametrize("sandbox", ["true", "false"])
@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_build_users(own: Nix, victims: Victims, tmp_path: Path, image: str, sandbox: str) -> None:
    need_root("to build as other users")
    user, group = "nixdockbuild", os.stat("/nix/store").st_gid  # Nix gives the store to their group
    (tmp_path / "passwd").write_text(Path("/etc/passwd").read_text() + f"{user}:x:31999:{group}::/var/empty:/none\n")
    (tmp_path / "group").write_text(Path("/etc/group").read_text() + f"{user}:x:{group}:{user}\n")
    before = victims.state(own)
    with_users = own.configured(f"sandbox = {sandbox}\nbuild-users-group = {user}")
    command = ("unshare", "--mount", "sh", "-e", "-c", BUILD_USERS, "sh", tmp_path)
    expression = PRELUDE + victims.attacked(image)
    built = with_users(*command, need("nix-build"), "--no-out-link", "--expr", expression).strip()
    assert victims.state(own) == before
    assert escapes(Path(built)) == b""


LINK_AT_NIX = """
${pkgs.python3}/bin/python3 -c 'import os; os.rename("/nix", "/moved"); os.symlink("OUTSIDE", "/nix"); os._exit(0)'
"""


@pytest.mark.parametrize("before", ["", "mkdir nix; ln -s elsewhere nix/store"])
def test_what_tidies_up_follows_no_symlink_that_a_script_made(own: Nix, tmp_path: Path, before: str) -> None:
    """Nix's sandbox has no such directory, so that this is without."""
    outside = tmp_path / f"outside-{uuid4()}"
    (outside / "store").mkdir(parents=True)
    script = LINK_AT_NIX.replace("OUTSIDE", str(outside))
    arguments = f"fakeRootCommands = ''{script}''; enableFakechroot = true; extraCommands = ''{before}'';"
    own.configured("sandbox = false").build_expression(f'nixdock.buildLayeredImage {{ name = "a"; {arguments} }}')
    assert (outside / "store").is_dir()
    assert not (outside / "store").is_symlink()
    assert list(outside.iterdir()) == [outside / "store"]


def test_what_a_script_leaves_in_the_background_ends_with_it(own: Nix) -> None:
    """Else it changes the tree while that is mounted for the next script, or read."""
    leaves = "(while ! mkdir /next/late; do sleep 0.01; done) 2>/dev/null &"
    after = "mkdir /next; sleep 0.5; [ ! -e /next/late ]"
    arguments = f'runAsRoot = "{leaves} # {uuid4()}"; extraCommands = "{after}";'
    own.build_expression(f'nixdock.buildImage {{ name = "a"; {arguments} }}')
