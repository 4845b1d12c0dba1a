"""What a copy that ends early leaves in the runtime; real ones are in tests/system/test_copy_runtimes.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from nixdock_hook.copying.runtimes import Runtime
from nixdock_hook.copying.to_runtime import copy_to_runtime
from nixdock_hook.errors import ProgramFailed
from nixdock_hook.process import Stop
from nixdock_hook.sinks.listener import Listener
from tests.support.recipes import recipe, tar_layer
from tests.support.tools import need


class Names(Runtime):
    """A runtime that keeps the names of images alone; what happens before it gives one a name, and after it pulled."""

    def __init__(self, before_tag: Callable[[], None] = lambda: None, after_pull: Callable[[], None] = lambda: None):
        super().__init__(())
        self.names = set[str]()
        self._before_tag, self._after_pull = before_tag, after_pull

    def pull(self, reference: str, stop: Stop) -> None:
        name, _, tag = reference.partition("/")[2].rpartition(":")
        with urlopen(f"http://{reference.partition('/')[0]}/v2/{name}/manifests/{tag}", timeout=10):
            self.names.add(reference)
        self._after_pull()

    def tag(self, reference: str, name: str) -> None:
        self._before_tag()
        assert reference in self.names
        self.names.add(name)

    def remove(self, reference: str) -> None:
        self.names.remove(reference)


def copied(tmp_path: Path, runtime: Names) -> set[str]:
    copy_to_runtime(recipe(tar_layer(tmp_path / "layer", b"1")), "named:2", runtime, Listener())
    return runtime.names


def test_the_name_alone_stays(tmp_path: Path) -> None:
    assert copied(tmp_path, Names()) == {"named:2"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ProgramFailed("docker failed")])
@pytest.mark.parametrize("when", ["before_tag", "after_pull"])
def test_nothing_stays_of_a_copy_that_ended(tmp_path: Path, error: BaseException, when: str) -> None:
    def end() -> None:
        raise error

    runtime = Names(**{when: end})
    with pytest.raises(type(error)):
        copied(tmp_path, runtime)
    assert runtime.names == set()


class Loader(Names):
    """A runtime that does not reach this machine, and reads an archive instead."""

    load = (need("sh"), "-c", "wc -c > $0")

    def __init__(self, count: Path) -> None:
        super().__init__()
        self.load = (*type(self).load, str(count))

    def pull(self, reference: str, stop: Stop) -> None:
        raise ProgramFailed("docker failed", "", "connection refused")


class Counter(Listener):
    size = 0

    def archived(self, count: int) -> None:
        self.size += count


def test_the_listener_is_told_what_goes_into_an_archive(tmp_path: Path) -> None:
    counter = Counter()
    copy_to_runtime(recipe(tar_layer(tmp_path / "layer", b"1")), "named:2", Loader(tmp_path / "count"), counter)
    assert counter.size == int((tmp_path / "count").read_text()) > 0
