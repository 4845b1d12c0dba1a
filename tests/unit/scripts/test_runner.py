"""Scripts of users in this process' own namespaces; tests/nix/test_confinement.py has those that want out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput, ProgramFailed
from nixdock_hook.scripts.runner import Script, run_plain
from tests.support.tools import need


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    need("fakeroot")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def script(code: str, shell: str = "") -> Script:
    return Script(code, "theScript", shell or need("bash"))


def test_the_build_directory_is_an_empty_one(root: Path) -> None:
    (root.parent / "secret").write_text("of the build")
    run_plain(script('[ "$(ls -A ..)" = root ]; echo > ../neighbour; echo > /tmp/x; touch made'), str(root))
    assert os.listdir(root) == ["made"]
    assert not (root.parent / "neighbour").exists()


def test_nothing_of_the_machine_but_programs_and_settings_is_there(root: Path) -> None:
    run_plain(script("for name in /*; do echo ${name#/}; done > names"), str(root))
    names = set((root / "names").read_text().split())
    assert not names & {"home", "root", "run", "var", "srv", "mnt", "boot"}
    assert {"dev", "nix", "proc", "tmp", "usr"} <= names


def test_who_is_who_does_not_depend_on_the_machine(root: Path) -> None:
    (root.parent / "passwd").write_text("outside:x:7:8::/:/x\n")
    (root / "etc").mkdir()
    (root / "etc/passwd").symlink_to(root.parent / "passwd")  # which no script can see
    run_plain(script("cat /etc/passwd > names; { id -u; id -g; id -un; ls /etc/shadow || :; } > me"), str(root))
    names = [line.split(":")[0] for line in (root / "names").read_text().splitlines()]
    assert (names, (root / "me").read_text()) == (["root", "nobody", "nixbld"], "1000\n100\nnixbld\n")


@pytest.mark.parametrize("place", ["etc/passwd", "link"])
def test_who_is_who_is_said_by_the_image(root: Path, place: str) -> None:
    (root / "etc").mkdir()
    (root / place).write_text("mine:x:1000:7::/:/x\nroot:x:0:5::/:/x\n")
    if place == "link":
        (root / "etc/passwd").symlink_to("../link")
    run_plain(
        script("id -un > me; grep ^root /etc/passwd >> me; groups=$(grep -c : /etc/group); echo $groups >> me"),
        str(root),
    )
    assert (root / "me").read_text() == "mine\nroot:x:0:5::/:/x\n3\n"


def test_what_is_no_file_of_accounts(root: Path) -> None:
    (root / "etc/group").mkdir(parents=True)
    os.mkfifo(root / "etc/passwd")
    run_plain(script("id -un > me"), str(root))
    assert (root / "me").read_text() == "nixbld\n"


def test_a_process_that_a_script_leaves_does_not_outlive_it(root: Path) -> None:
    run_plain(script("sleep 30 & echo started > made"), str(root))
    size = (root / "made").stat().st_size
    assert size and "sleep" not in {Path(f"/proc/{pid}/comm").read_text().strip() for pid in children()}


def children() -> list[str]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return file.read().split()


def test_a_machine_without_the_means_says_which(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", need("sh"))
    (root.parent / "root.refusal").write_text("Operation not permitted: /proc")
    with pytest.raises(InvalidInput, match=r"^this machine does not let scripts be confined \(Operation not permitted"):
        run_plain(script("true"), str(root))


def test_a_failure_is_the_scripts_own_otherwise(root: Path) -> None:
    with pytest.raises(ProgramFailed, match="^the script `theScript` failed with exit status 4: its"):
        run_plain(script("exit 4"), str(root))
