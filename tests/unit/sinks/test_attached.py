"""Images with attestations beside them."""

from __future__ import annotations

import json
from pathlib import Path

from nixdock_hook.layers.content import layer_contents
from nixdock_hook.oci.artifact import CYCLONEDX, Attachment
from nixdock_hook.oci.model import Platform
from nixdock_hook.sinks.attached import referrers_of, with_attestations, with_referrers
from nixdock_hook.sinks.served_image import served_image
from tests.support import images
from tests.support.recipes import recipe, tar_layer

BILL = Attachment(CYCLONEDX, b"{}", "x.cdx.json", "https://cyclonedx.org/bom")


def test_attestations_stand_beside_the_image(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer", images.layer({"x": b"1"}))
    with layer_contents() as contents:
        image = served_image(recipe(layer), "app:1", contents)
    attested = with_attestations(image, Platform("amd64", "linux"), [BILL])
    ours, theirs = json.loads(attested.manifest.data)["manifests"]
    assert (ours["digest"], ours["platform"]) == (
        image.manifest.descriptor.digest,
        {"architecture": "amd64", "os": "linux"},
    )
    assert theirs["platform"] == {"architecture": "unknown", "os": "unknown"}
    assert theirs["annotations"]["vnd.docker.reference.digest"] == ours["digest"]
    assert list(attested.named) == [ours["digest"], theirs["digest"]]
    manifest = json.loads(attested.named[theirs["digest"]].data)
    assert all(blob["digest"] in attested.blobs for blob in (manifest["config"], *manifest["layers"]))
    assert image.blobs.items() <= attested.blobs.items()


def test_an_image_keeps_its_digest_when_something_refers_to_it(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer", images.layer({"x": b"1"}))
    with layer_contents() as contents:
        image = served_image(recipe(layer), "app:1", contents)
    referred = with_referrers(image, [BILL])
    digest = image.manifest.descriptor.digest
    assert referred.manifest == image.manifest
    [listed] = referrers_of([referred, referred, image], digest)
    assert listed.digest in referred.named
    assert referrers_of([referred], "sha256:other") == ()
