"""nix/quickstart as a user who is not root, on a machine with Nix's daemon: what is in the way is said with its remedy.

Run by `tests/debian/run`, behind the README's commands: Nix has build users from here on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import running
from tests.support.tools import ROOT, need, output

SOCKET = Path("/nix/var/nix/daemon-socket/socket")
USER = "tester"


@pytest.fixture(scope="module", autouse=True)
def user(dockerd: None) -> Iterator[None]:
    """A user, and what nix-setup-systemd makes where systemd runs."""
    install = ["apt-get", "install", "--quiet=2", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
    output("env", "DEBIAN_FRONTEND=noninteractive", *install, "nix-setup-systemd")
    output(need("useradd"), "--create-home", USER)
    SOCKET.parent.mkdir(mode=0o770, exist_ok=True)
    SOCKET.parent.chmod(0o770)
    shutil.chown(SOCKET.parent, "root", "nix-users")
    for directory in ("gcroots", "profiles"):
        Path(f"/nix/var/nix/{directory}/per-user").mkdir(mode=0o1777, parents=True, exist_ok=True)
        Path(f"/nix/var/nix/{directory}/per-user").chmod(0o1777)
    yield


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[None]:
    command = ["env", "NIX_CONFIG=substituters =", need("nix-daemon")]
    with running(command, tmp_path / "log", SOCKET.exists):
        yield


def quickstart(*groups: str) -> subprocess.CompletedProcess[str]:
    """Run it in a session that began when the user was in these groups."""
    words = [f"--groups={','.join((USER, *groups))}"]
    session = [need("setpriv"), f"--reuid={USER}", f"--regid={USER}", *words, "env", "-i", f"HOME=/home/{USER}"]
    path = f"PATH={os.environ['PATH']}"
    command = [*session, path, "bash", "-c", f"cd && {ROOT}/nix/quickstart"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def join(group: str) -> None:
    output(need("usermod"), "--append", "--groups", group, USER)


def refusal(*groups: str) -> str:
    done = quickstart(*groups)
    assert done.returncode == 1 and not done.stdout
    return done.stderr.splitlines()[-1]


def test_the_group_of_nix(daemon: None) -> None:
    only = "nixdock: error: only the group nix-users may use the Nix daemon: "
    assert refusal() == f"{only}run: sudo usermod -aG nix-users {USER}, then log in again"
    join("nix-users")
    assert refusal() == f"{only}you were added to the group nix-users after you logged in: log in again"


def test_a_daemon_that_does_not_run() -> None:
    SOCKET.unlink(missing_ok=True)
    assert refusal("nix-users").endswith("the Nix daemon does not run: run: sudo systemctl start nix-daemon.socket")


def test_the_group_of_docker(daemon: None) -> None:
    done = quickstart("nix-users")
    assert done.returncode == 0, done.stderr
    assert f"docker does not let you in: run: sudo usermod -aG docker {USER}, then log in again" in done.stdout
    assert "    docker load --input result\n    docker run --rm --init " in done.stdout
    assert "build-users-group" not in done.stdout


def test_in_both_groups(daemon: None) -> None:
    done = quickstart("nix-users", "docker")
    assert done.returncode == 0, done.stderr
    assert "Loading it into docker" in done.stderr and " note " not in done.stdout


def test_packages_are_missing() -> None:
    output("dpkg", "--remove", "--force-depends", "hello")
    assert refusal("nix-users").endswith("packages are missing: run: sudo apt-get install hello")
