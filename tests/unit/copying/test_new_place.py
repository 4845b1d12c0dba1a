from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.copying.new_place import new_place
from nixdock_hook.errors import ProgramFailed


@pytest.mark.parametrize("transport", ["docker-archive", "oci-archive", "oci", "dir"])
def test_a_new_one_appears_when_it_is_whole(tmp_path: Path, transport: str) -> None:
    suffix = "" if transport == "dir" else ":app:1"
    with new_place(f"{transport}:{tmp_path}/new{suffix}") as (destination, _):
        name, _, place = destination.removesuffix(suffix).partition(":")
        assert name == transport and destination.endswith(suffix)
        Path(place).write_text("image")
        assert not (tmp_path / "new").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_archives_are_made_beside_their_place(tmp_path: Path) -> None:
    with new_place(f"oci-archive:{tmp_path}/new") as (destination, [option, directory]):
        assert option == "--tmpdir" and Path(directory).parent == tmp_path and Path(directory).is_dir()
        (Path(directory) / "large").write_text("")
        Path(destination.partition(":")[2]).touch()
    assert not Path(directory).exists()


def test_nothing_stays_of_what_failed_and_the_error_has_the_users_name(tmp_path: Path) -> None:
    with (
        pytest.raises(ProgramFailed, match=f"^skopeo failed: no space for {tmp_path}/new$"),
        new_place(f"oci:{tmp_path}/new:1") as (destination, _),
    ):
        place = Path(destination.split(":")[1])
        (place / "blobs").mkdir(parents=True)
        raise ProgramFailed("skopeo failed", "", f"no space for {place}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "destination", ["docker://registry.example/app:1", "oci:{}", "docker-archive:{}:app:1", "oci:", "ostree:x"]
)
def test_all_others_are_named_as_they_are(tmp_path: Path, destination: str) -> None:
    destination = destination.format(tmp_path)
    with new_place(destination) as given:
        assert given == (destination, [])
