"""One build of an attribute at a time, with programs in Nix's place; the real one is in tests/system."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from nixdock_hook.errors import Busy, NixdockError, NotFound, ProgramFailed
from nixdock_hook.serving.nix_builds import NixBuilds, NixSource, reason
from tests.support.server import wait_until
from tests.support.tools import need

# Writes its arguments down, waits until it may go on, and makes a new result: a link to a directory of this number.
NIX_BUILD = """#!{sh}
echo "$@" >> {top}/calls
trap 'echo "$5" >> {top}/ended; exit 1' TERM
while [ -e {top}/wait ]; do sleep 0.02; done
result={top}/result-$(wc -l < {top}/calls)
while ! mkdir "$result" 2>/dev/null; do result=$result-again; done
ln -sfn "$result" "$2"
"""
# What is called `image…` is a derivation, what is called `broken…` cannot be evaluated, the rest is a set.
NIX_INSTANTIATE = """#!{sh}
echo "$@" >> {top}/values
case "$4" in
image*) echo '"derivation"' ;;
list*) echo "error: the expression selected by the selection path '$4' should be a set but is a list" >&2; exit 1 ;;
words*) echo '"derivations"' ;;
broken*) echo "error: on purpose" >&2; exit 1 ;;
*) echo "error: attribute 'type' in selection path '$4' not found" >&2; exit 1 ;;
esac
"""
INSTANTIATE = "nix-instantiate"
MOST = 4


def here() -> bool:
    return False


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]) -> Iterator[NixBuilds]:
    (tmp_path / "links").mkdir()
    program(tmp_path, NIX_BUILD.format(sh=need("sh"), top=tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    program(tmp_path, NIX_INSTANTIATE.format(sh=need("sh"), top=tmp_path), INSTANTIATE)
    made = NixBuilds(NixSource("/file.nix", is_flake=False), str(tmp_path / "links"), notes.append, 2, MOST)
    yield made
    made.close()


def program(top: Path, text: str, name: str = "nix-build") -> None:
    (top / "bin").mkdir(exist_ok=True)
    (top / "bin" / name).write_text(text)
    (top / "bin" / name).chmod(0o755)


def calls(top: Path, name: str = "calls") -> list[str]:
    return (top / name).read_text().splitlines() if (top / name).exists() else []


def test_a_build_and_the_link_that_keeps_it(builds: NixBuilds, tmp_path: Path, notes: list[str]) -> None:
    results = [builds.build(name, here) for name in ("a.recipe", "a.recipe", "b.recipe")]
    assert results == [f"{tmp_path}/result-{number}" for number in (1, 2, 3)]
    built = [f"--out-link {tmp_path}/links/{name} /file.nix --attr {name}" for name in ("a.recipe", "b.recipe")]
    assert calls(tmp_path) == [built[0], *built]
    links = {link.name: link.readlink().name for link in (tmp_path / "links").iterdir()}
    assert links == {"a.recipe": "result-2", "b.recipe": "result-3"}
    assert notes == ["building a.recipe"] * 2 + ["building b.recipe"]


@contextmanager
def asking(builds: NixBuilds, *attributes: str, is_gone: Callable[[], bool] = here) -> Iterator[list[object]]:
    """Questions that wait until the block ends; gives what comes of them: results and errors."""
    found: list[object] = []

    def ask(attribute: str) -> None:
        try:
            found.append(builds.build(attribute, is_gone))
        except (NixdockError, ConnectionError) as error:
            found.append(error)

    threads = [threading.Thread(target=ask, args=(attribute,)) for attribute in attributes]
    before = builds.waiting
    for thread in threads:
        thread.start()
    wait_until(lambda: builds.waiting == before + len(threads), "all wait")
    yield found
    for thread in threads:
        thread.join()


def test_who_asks_meanwhile_waits_for_the_same_build(builds: NixBuilds, tmp_path: Path) -> None:
    (tmp_path / "wait").touch()
    with asking(builds, "a", "b", "a", "b") as found:
        wait_until(lambda: len(calls(tmp_path)) == 2, "a build of each attribute")
        (tmp_path / "wait").unlink()
    assert len(calls(tmp_path)) == 2
    assert len(found) == 4 and len(set(map(str, found))) == 2


def test_no_build_outlives_its_server(builds: NixBuilds, tmp_path: Path) -> None:
    (tmp_path / "wait").touch()
    wait = f"touch {tmp_path}/begun; while [ -e {tmp_path}/wait ]; do sleep 0.02; done"
    program(tmp_path, f"#!{need('sh')}\ntrap 'rm {tmp_path}/wait; exit 1' TERM\n{wait}\n")
    failed: list[Exception] = []

    def ask() -> None:
        try:
            builds.build("a", here)
        except ProgramFailed as error:
            failed.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    wait_until((tmp_path / "begun").exists, "the build runs")
    builds.close()
    assert not (tmp_path / "wait").exists()
    thread.join()
    assert len(failed) == 1


def test_a_few_at_a_time_and_a_few_more_wait(builds: NixBuilds, tmp_path: Path) -> None:
    (tmp_path / "wait").touch()
    with asking(builds, "a", "b", "c", "d") as found:
        wait_until(lambda: len(calls(tmp_path)) == 2, "two are built")
        with pytest.raises(Busy, match=f"^{MOST} questions wait for builds in "):
            builds.build("a", here)
        assert len(calls(tmp_path)) == 2
        (tmp_path / "wait").unlink()
    assert len(found) == len(set(map(str, found))) == len(calls(tmp_path)) == MOST
    assert builds.waiting == 0 and builds.build("a", here)


def test_a_build_that_nobody_waits_for_is_ended(builds: NixBuilds, tmp_path: Path, notes: list[str]) -> None:
    (tmp_path / "wait").touch()
    gone = Event()
    with asking(builds, "both") as found:
        with asking(builds, "both", "alone", "queued", is_gone=gone.is_set) as lost:
            wait_until(lambda: len(calls(tmp_path)) == 2, "two are built")
            gone.set()
        wait_until(lambda: bool(calls(tmp_path, "ended")), "one is ended")
        assert [type(error) for error in lost] == [ConnectionAbortedError] * 3
        (tmp_path / "wait").unlink()
        assert builds.build("alone", here)  # a build of its own
    assert [Path(str(result)).name.partition("-")[0] for result in found] == ["result"]
    assert calls(tmp_path, "ended") == ["alone"]
    assert "ended building alone: nobody waits for it" in notes
    assert not any("queued" in note for note in notes)


def test_who_has_gone_already_has_nothing_built(builds: NixBuilds, tmp_path: Path, notes: list[str]) -> None:
    with pytest.raises(ConnectionAbortedError):
        builds.build("a", lambda: True)
    builds.close()
    assert calls(tmp_path, "ended") == [] and "result" not in str(notes)


@pytest.mark.parametrize("attribute", ["image.recipe.recipe", "image.recipe", "set.image.a.b.recipe"])
def test_what_is_below_an_image_is_no_image(builds: NixBuilds, tmp_path: Path, attribute: str) -> None:
    program(tmp_path, NIX_INSTANTIATE.format(sh=need("sh"), top=tmp_path).replace("image*", "*image.type"), INSTANTIATE)
    if attribute == "image.recipe":  # itself
        assert builds.build(attribute, here)
        assert calls(tmp_path, "values") == ["--eval /file.nix --attr type"]
        return
    with pytest.raises(NotFound, match=f"^{attribute.removesuffix('.recipe')} is a part of .*image in /file.nix: "):
        builds.build(attribute, here)
    assert calls(tmp_path) == []


def test_a_file_that_is_an_image_has_none_below_it(builds: NixBuilds, tmp_path: Path) -> None:
    program(tmp_path, f"#!{need('sh')}\necho '\"derivation\"'\n", INSTANTIATE)
    with pytest.raises(NotFound, match="^recipe is a part of an image in "):
        builds.build("recipe.recipe", here)
    assert calls(tmp_path) == []


@pytest.mark.parametrize("attribute", ["words.a.recipe", "list.0.recipe"])
def test_what_is_below_something_else_may_be_one(builds: NixBuilds, attribute: str) -> None:
    assert builds.build(attribute, here)


def test_what_cannot_be_evaluated_is_not_built(builds: NixBuilds, tmp_path: Path, notes: list[str]) -> None:
    with pytest.raises(ProgramFailed, match=r"^Nix cannot build broken\.a\.recipe in /file.nix: on purpose$"):
        builds.build("broken.a.recipe", here)
    assert calls(tmp_path) == []
    assert notes[-1].endswith(": on purpose\nerror: on purpose")


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
            builds.build("a", here)
    assert [note.partition(" ")[0] for note in notes].count("building") == 2


def test_the_commands_for_a_flake() -> None:
    source = NixSource(".", True, ["--impure"])
    command = source.command("a.recipe", "/link")
    assert (command[:2], command[-4:]) == (["nix", "build"], ["--impure", "--out-link", "/link", ".#a.recipe"])
    command = source.value_command("a.type")
    assert (command[:2], command[-3:]) == (["nix", "eval"], ["--impure", "--raw", ".#a.type"])


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
