from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from nixdock_hook.outputs import (
    named_file,
    named_output,
    remove,
    temporary_directory,
    unnamed_file,
    whole_directory,
    whole_file,
    whole_name,
)
from tests.support.tools import ROOT


def write(path: Path | str, text: str = "new") -> None:
    with whole_file(str(path)) as file:
        file.write(text.encode())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> object:
    before = os.umask(0o027)
    yield
    os.umask(before)


class TestFile:
    def test_it_appears_when_it_is_whole(self, tmp_path: Path) -> None:
        with whole_file(f"{tmp_path}/file") as file:
            file.write(b"new")
            file.flush()
            assert not (tmp_path / "file").exists()
        assert (tmp_path / "file").read_text() == "new"
        assert os.listdir(tmp_path) == ["file"]

    @pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
    def test_nothing_changes_where_the_block_fails(self, tmp_path: Path, error: type[BaseException]) -> None:
        (tmp_path / "file").write_text("old")
        with pytest.raises(error), whole_file(f"{tmp_path}/file") as file:
            file.write(b"half")
            raise error
        assert (tmp_path / "file").read_text() == "old"
        assert os.listdir(tmp_path) == ["file"]

    @pytest.mark.usefixtures("umask")
    def test_the_mode_of_a_new_one_is_the_umasks(self, tmp_path: Path) -> None:
        write(tmp_path / "file")
        assert mode(tmp_path / "file") == 0o640

    @pytest.mark.usefixtures("umask")
    @pytest.mark.parametrize("bits", [0o600, 0o666, 0o755])
    def test_the_mode_of_one_that_is_there_stays(self, tmp_path: Path, bits: int) -> None:
        (tmp_path / "file").write_text("old")
        (tmp_path / "file").chmod(bits)
        with whole_file(f"{tmp_path}/file") as file:
            [temporary] = tmp_path.glob(".nixdock.*")
            assert mode(temporary) & ~bits == 0
            file.write(b"new")
        assert mode(tmp_path / "file") == bits

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_the_owner_of_one_that_is_there_stays(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("old")
        os.chown(tmp_path / "file", 12, 34)
        write(tmp_path / "file")
        status = (tmp_path / "file").stat()
        assert (status.st_uid, status.st_gid) == (12, 34)

    def test_a_symlink_stays_and_its_target_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "place").mkdir()
        (tmp_path / "place/file").write_text("old")
        (tmp_path / "middle").symlink_to("place/file")
        (tmp_path / "link").symlink_to(tmp_path / "middle")
        write(tmp_path / "link")
        assert (tmp_path / "link").is_symlink() and (tmp_path / "middle").is_symlink()
        assert (tmp_path / "place/file").read_text() == "new"
        assert os.listdir(tmp_path / "place") == ["file"]

    def test_what_a_dangling_symlink_names_is_made(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("file")
        write(tmp_path / "link")
        assert (tmp_path / "link").is_symlink() and (tmp_path / "file").read_text() == "new"

    def test_two_at_once(self, tmp_path: Path) -> None:
        with whole_file(f"{tmp_path}/file") as one, whole_file(f"{tmp_path}/file") as two:
            one.write(b"one")
            two.write(b"two, the first to end")
        assert (tmp_path / "file").read_text() == "one"
        assert os.listdir(tmp_path) == ["file"]

    def test_a_link_planted_under_the_temporary_name_is_not_followed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "victim").write_text("old")
        (tmp_path / ".nixdock.guessed.new").symlink_to("victim")
        monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
        with pytest.raises(FileExistsError):
            write(tmp_path / "file")
        assert (tmp_path / "victim").read_text() == "old" and not (tmp_path / "file").exists()

    def test_a_name_as_long_as_names_may_be(self, tmp_path: Path) -> None:
        write(tmp_path / ("x" * 255))
        assert (tmp_path / ("x" * 255)).read_text() == "new"


class TestWhatIsNoRegularFile:
    def test_a_fifo_is_written_to(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append((tmp_path / "fifo").read_bytes()))
        reader.start()
        write(tmp_path / "fifo")
        reader.join()
        assert read == [b"new"] and (tmp_path / "fifo").is_fifo()

    def test_a_device_is_written_to(self) -> None:
        write("/dev/null")
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    @pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
    def test_an_open_file_is_written_where_it_is(self, tmp_path: Path, name: str) -> None:
        """As `>>` and the commands before and behind it in a script expect."""
        (tmp_path / "link").symlink_to("/dev/stdout")
        (tmp_path / "out").write_text("before ")
        program = f"from nixdock_hook.outputs import whole_file\nwith whole_file({name!r}) as f: f.write(b'new')"
        with (tmp_path / "out").open("ab") as out:
            command = [sys.executable, "-c", program]
            subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=out, check=True)
            out.write(b" behind")
        assert (tmp_path / "out").read_text() == "before new behind"
        assert sorted(os.listdir(tmp_path)) == ["link", "out"]

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_a_directory_is_refused(self, tmp_path: Path, slash: str) -> None:
        with pytest.raises(IsADirectoryError) as caught:
            write(f"{tmp_path}{slash}")
        assert caught.value.filename == f"{tmp_path}{slash}"

    def test_a_name_that_only_a_directory_may_have(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="new/"):
            write(f"{tmp_path}/new/")
        assert os.listdir(tmp_path) == []

    def test_links_in_a_circle(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("link")
        with pytest.raises(OSError, match="Too many levels of symbolic links") as caught:
            write(tmp_path / "link")
        assert caught.value.filename == f"{tmp_path}/link"


class TestErrors:
    def test_a_full_disk_names_the_file(self) -> None:
        with pytest.raises(OSError, match="No space left on device") as caught:
            write("/dev/full")
        assert caught.value.filename == "/dev/full"

    def test_a_directory_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError) as caught:
            write(tmp_path / "none/file")
        assert caught.value.filename == f"{tmp_path}/none/file"

    def test_other_files_keep_their_name(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError) as caught, whole_directory(f"{tmp_path}/new"):
            (tmp_path / "other").read_text()
        assert caught.value.filename == f"{tmp_path}/other"

    def test_of_an_open_file(self) -> None:
        with ExitStack() as stack, pytest.raises(OSError, match="No space") as caught:
            full = stack.enter_context(open("/dev/full", "wb"))
            with named_output(full.fileno(), "stdout") as output:
                output.write(b"x")
        assert caught.value.filename == "stdout"


class TestDirectory:
    @pytest.mark.usefixtures("umask")
    def test_it_appears_when_it_is_whole(self, tmp_path: Path) -> None:
        with whole_directory(f"{tmp_path}/new/") as place:
            (Path(place) / "file").write_text("")
            assert not (tmp_path / "new").exists()
        assert os.listdir(tmp_path / "new") == ["file"] and mode(tmp_path / "new") == 0o750
        assert os.listdir(tmp_path) == ["new"]

    def test_nothing_stays_of_one_that_failed(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="full") as caught, whole_directory(f"{tmp_path}/new") as place:
            (Path(place) / "file").write_text("")
            raise OSError(28, "full", f"{place}/file")
        assert caught.value.filename == f"{tmp_path}/new"
        assert os.listdir(tmp_path) == []

    def test_what_is_there_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("nowhere")
        with pytest.raises(FileExistsError) as caught, whole_directory(f"{tmp_path}/link"):
            pass
        assert caught.value.filename == f"{tmp_path}/link"

    def test_of_two_at_once_one_fails(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="Directory not empty"), ExitStack() as stack:
            for name in ("one", "two"):
                place = stack.enter_context(whole_directory(f"{tmp_path}/new"))
                (Path(place) / name).touch()
        assert os.listdir(tmp_path) == ["new"] and os.listdir(tmp_path / "new") == ["two"]


def test_a_name_for_something_to_be_made(tmp_path: Path) -> None:
    with whole_name(f"{tmp_path}/made") as place:
        Path(place).write_text("by another program")
    assert (tmp_path / "made").read_text() == "by another program"


def test_a_temporary_directory_is_its_users_alone(tmp_path: Path) -> None:
    with temporary_directory(str(tmp_path)) as place:
        (Path(place) / "below").mkdir()
        assert mode(Path(place)) == 0o700 and Path(place).parent == tmp_path
    assert os.listdir(tmp_path) == []


def test_a_temporary_directory_that_cannot_be_made_names_its_place(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised, temporary_directory(str(tmp_path / "none")):
        pass
    assert raised.value.filename == str(tmp_path / "none")


def test_nothing_to_remove_on_a_read_only_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    monkeypatch.setattr(os, "unlink", refuse)
    remove(str(tmp_path / "none"))
    (tmp_path / "there").touch()
    with pytest.raises(OSError, match="Read-only file system"):
        remove(str(tmp_path / "there"))


def test_to_remove_nothing(tmp_path: Path) -> None:
    remove(f"{tmp_path}/nothing")


def test_one_place_gives_final_names() -> None:
    renaming = ("os.replace(", "os.rename(", "os.renames(", "shutil.move(", "mkstemp(", "NamedTemporaryFile(")
    texts = {path: path.read_text() for path in (ROOT / "nixdock_hook").rglob("*.py")}
    found = {path.name for path, text in texts.items() if any(word in text for word in renaming)}
    # Blobs within a directory that has no name yet; what a base has where something is mounted, put aside.
    assert found <= {"outputs.py", "oci_layout.py", "runner.py"}


def test_a_file_in_place_names_itself(tmp_path: Path) -> None:
    with named_file(f"{tmp_path}/file") as file:
        file.write(b"new")
    assert (tmp_path / "file").read_text() == "new"
    with pytest.raises(OSError, match="No space") as caught, named_file("/dev/full") as file:
        file.write(b"x")
    assert caught.value.filename == "/dev/full"


def test_an_unnamed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with unnamed_file() as file:
        file.write(b"x")
        assert os.listdir(tmp_path) == []


def test_every_file_that_is_written_says_its_name_when_it_cannot_be() -> None:
    """A plain `open` would not: what is left are files of a few bytes, and the kernel's own."""
    texts = {path: path.read_text() for path in (ROOT / "nixdock_hook").rglob("*.py")}
    assert {path.name for path, text in texts.items() if '"wb")' in text} <= {
        *("outputs.py", "oci_layout.py", "workers.py", "runner.py")
    }
