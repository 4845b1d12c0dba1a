"""skopeo, asked for layers; the rest is in tests/system/test_copy_registry.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.copying.known_layers import known_layers
from nixdock_hook.oci.model import Platform
from tests.support.tools import need


def test_no_question_outlives_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest is not there, and the registry is slow to say that the config is not, either."""
    (tmp_path / "skopeo").write_text(f"""#!{need("sh")}
        case "$*" in *--config*) echo $$ >{tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 60 ;; esac
        while [ ! -e {tmp_path}/pid ]; do sleep 0.02; done
        exit 1
    """)
    (tmp_path / "skopeo").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert known_layers(["docker://slow.example/app:1"], Platform("amd64", "linux"), lambda _: [], bool) == {}
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
