"""One build of an attribute at a time, with programs in Nix's place; the real one is in tests/system."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nixdock_hook.errors import NotFound, ProgramFailed
from nixdock_hook.sinks.nix_builds import NixBuilds, NixSource, reason
from tests.support.server import wait_until
from tests.support.tools import need

# Writes its arguments down, waits until it may go on, and makes a new result: a link to a directory of this number.
NIX_BUILD = """#!{sh}
echo "$@" >> {top}/calls
while [ -e {top}/wait ]; do sleep 0.02; done
result={top}/result-$(wc -l < {top}/calls)
mkdir "$result"
ln -s "$result" "$2"
"""


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]) -> NixBuilds:
    (tmp_path / "links").mkdir()
    program(tmp_path, NIX_BUILD.format(sh=need("sh"), top=tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return NixBuilds(NixSource("/file.nix", is_flake=False), str(tmp_path / "links"), notes.append)


def program(top: Path, text: str) -> None:
    (top / "bin").mkdir(exist_ok=True)
    (top / "bin/nix-build").write_text(text)
    (top / "bin/nix-build").chmod(0o755)


def calls(top: Path) -> list[str]:
    return (top / "calls").read_text().splitlines() if (top / "calls").exists() else []


def test_a_build_and_the_link_that_keeps_it(builds: NixBuilds, tmp_path: Path, notes: list[str]) -> None:
    assert [builds.build("a.recipe"), builds.build("a.recipe")] == [f"{tmp_path}/result-1", f"{tmp_path}/result-2"]
    assert calls(tmp_path) == [f"--out-link {tmp_path}/links/{number} /file.nix --attr a.recipe" for number in (0, 1)]
    assert {link.readlink().name for link in (tmp_path / "links").iterdir()} == {"result-1", "result-2"}
    assert notes == ["building a.recipe"] * 2


def test_who_asks_meanwhile_waits_for_the_same_build(builds: NixBuilds, tmp_path: Path) -> None:
    (tmp_path / "wait").touch()
    asked: list[str] = []
    found: list[tuple[str, str]] = []

    def ask(attribute: str) -> None:
        asked.append(attribute)
        found.append((attribute, builds.build(attribute)))

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("a", "b", "a", "a", "b")]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(asked) == 5 and len(calls(tmp_path)) == 2, "a build of each attribute")
    (tmp_path / "wait").unlink()
    for thread in threads:
        thread.join()
    assert len(calls(tmp_path)) == 2
    assert len(found) == 5 and len(set(found)) == 2


def test_no_build_outlives_its_server(builds: NixBuilds, tmp_path: Path) -> None:
    (tmp_path / "wait").touch()
    wait = f"touch {tmp_path}/begun; while [ -e {tmp_path}/wait ]; do sleep 0.02; done"
    program(tmp_path, f"#!{need('sh')}\ntrap 'rm {tmp_path}/wait; exit 1' TERM\n{wait}\n")
    failed: list[Exception] = []

    def ask() -> None:
        try:
            builds.build("a")
        except ProgramFailed as error:
            failed.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    wait_until((tmp_path / "begun").exists, "the build runs")
    builds.close()
    assert not (tmp_path / "wait").exists()
    thread.join()
    assert len(failed) == 1


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("error: attribute 'a' in selection path 'a' not found", NotFound),
        ("error: flake 'path:/x' does not provide attribute 'packages.x86_64-linux.a', 'a'", NotFound),
        ("error: attribute 'b' missing", ProgramFailed),
    ],
)
def test_a_failure(builds: NixBuilds, tmp_path: Path, notes: list[str], message: str, kind: type[Exception]) -> None:
    program(tmp_path, f'#!{need("sh")}\necho "{message}" >&2\nexit 1\n')
    for _ in range(2):  # the second is a build of its own
        with pytest.raises(kind, match=" a in /file.nix: "):
            builds.build("a")
    assert [note.partition(" ")[0] for note in notes].count("building") == 2


def test_the_command_for_a_flake() -> None:
    command = NixSource(".", True, ["--impure"]).command("a.recipe", "/link")
    assert (command[:2], command[-4:]) == (["nix", "build"], ["--impure", "--out-link", "/link", ".#a.recipe"])


@pytest.mark.parametrize(
    ("messages", "line"),
    [
        ("error: syntax error\n       at x:1\n", "syntax error"),
        ("error: 'x' failed\nerror: 1 dependencies of derivation 'y' failed to build", "'x' failed"),
        ("error: builder for 'x' failed;\n  last 1 log lines:\n  > nixdock: error: WHAT in WHERE\n", "WHAT in WHERE"),
        ("killed", "killed"),
        ("", "it did not say why"),
    ],
)
def test_the_reason_in_nix_messages(messages: str, line: str) -> None:
    assert reason(messages) == line
