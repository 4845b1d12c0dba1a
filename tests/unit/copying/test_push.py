"""Which client pushes what."""

from __future__ import annotations

from typing import Any

import pytest

from nixdock_hook.copying import registry_push, skopeo_push
from nixdock_hook.copying.push import Push
from nixdock_hook.errors import InvalidInput
from nixdock_hook.registries.access import Access
from nixdock_hook.sinks.listener import Listener
from tests.support.recipes import recipe

DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What the clients were asked for; nothing is pushed."""
    asked: list[tuple[str, tuple[Any, ...]]] = []

    def client(name: str) -> type:
        class Client:
            digest = DIGEST

            def __init__(self, *arguments: Any) -> None:
                asked.append((name, arguments))

            def run(self, _: Listener) -> Any:
                return self if name == "ours" else None

        return Client

    monkeypatch.setattr(registry_push, "RegistryPush", client("ours"))
    monkeypatch.setattr(skopeo_push, "SkopeoPush", client("skopeo"))
    return asked


def test_registries_are_ours(pushed: list[tuple[str, tuple[Any, ...]]]) -> None:
    assert Push(recipe(), "app:1", "docker://registry.example/app").run(Listener()) == DIGEST
    [(client, arguments)] = pushed
    assert (client, str(arguments[1])) == ("ours", "registry.example/app:latest")


@pytest.mark.parametrize(
    ("destination", "changes"),
    [
        ("oci:/x:1", {}),
        ("docker://registry.example/app", {"with_skopeo": True}),
        ("docker://registry.example/app", {"options": ["--sign-by", "me"]}),
    ],
)
def test_all_else_is_skopeos(
    pushed: list[tuple[str, tuple[Any, ...]]], destination: str, changes: dict[str, Any]
) -> None:
    access = Access(tls_verify=False, auth_file="/auth.json", login="me:secret")
    assert Push(recipe(), "app:1", destination, access=access, **changes).run(Listener()) is None
    [(client, arguments)] = pushed
    own = ("--dest-tls-verify=false", "--dest-authfile", "/auth.json", "--dest-creds", "me:secret")
    assert (client, arguments[2], arguments[-2:]) == (
        "skopeo",
        destination,
        ((*own, *changes.get("options", ())), access),
    )


def test_a_digest_is_no_destination(pushed: list[tuple[str, tuple[Any, ...]]]) -> None:
    with pytest.raises(InvalidInput, match="an image is pushed to a tag, not to a digest"):
        Push(recipe(), "app:1", f"docker://registry.example/app@{DIGEST}").run(Listener())
    assert pushed == []


@pytest.mark.parametrize(
    ("destination", "reuse", "error"),
    [
        ("docker://me:secret@registry.example/app", [], "neither user nor password"),
        ("oci:x", ["docker://me:secret@registry.example/app"], "neither user nor password"),
        ("oci:x", ["dir:y"], "'dir:y' cannot be asked for its layers"),
    ],
)
def test_what_cannot_be_asked(destination: str, reuse: list[str], error: str) -> None:
    with pytest.raises(InvalidInput, match=error):
        Push(recipe(), "app:1", destination, reuse_from=reuse)
