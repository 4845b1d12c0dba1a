"""Linux' calls; what they do together is in tests/nix/test_confinement.py."""

from __future__ import annotations

import os
import subprocess
import sys
from errno import EINVAL, ENOENT, EPERM
from pathlib import Path

import pytest

from nixdock_hook.scripts import mounts
from tests.support.tools import ROOT, need

INSIDE = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from nixdock_hook.scripts import mounts
top = sys.argv[1]
mounts.unshare(mounts.NEW_MOUNTS)
mounts.mount("tmpfs", top, options="mode=755")
import os
for name in ("a b", "c"):
    os.mkdir(f"{{top}}/{{name}}")
    mounts.mount("tmpfs", f"{{top}}/{{name}}")
mounts.make_read_only(top, but={{f"{{top}}/c"}})
def writable(path):
    try:
        open(f"{{path}}/file", "w").close()
    except OSError as error:
        return error.errno
    return 0
print([writable(path) for path in (top, f"{{top}}/a b", f"{{top}}/c")])
"""


def test_a_failure_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        mounts.mount("tmpfs", str(tmp_path / "gone"))
    assert (caught.value.filename, caught.value.errno in (ENOENT, EPERM)) == (str(tmp_path / "gone"), True)
    with pytest.raises(OSError) as caught:
        mounts.mount("no-such-kind", str(tmp_path))
    assert caught.value.filename == str(tmp_path)


def test_no_such_namespace() -> None:
    with pytest.raises(OSError) as caught:
        mounts.unshare(1)
    assert (caught.value.errno, caught.value.filename) == (EINVAL, "namespaces")


def test_all_mounts_but_some_are_made_read_only(tmp_path: Path) -> None:
    command = [need("unshare"), "--user", "--map-root-user", "--mount", sys.executable, "-c", INSIDE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[30, 30, 0]\n", "")  # EROFS
    assert os.listdir(tmp_path) == []
