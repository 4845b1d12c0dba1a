"""A lock file of an image that is nowhere: enough to evaluate what is made of it, nothing is fetched."""

from __future__ import annotations

import json
from hashlib import sha256

_BLOB = {"digest": f"sha256:{'0' * 64}", "size": 1}
MANIFEST = json.dumps({"config": _BLOB, "layers": [_BLOB]})
LOCK = json.dumps(
    {
        "lock": 1,
        "reference": "registry.example/library/base:12",
        "platform": {"os": "linux", "architecture": "amd64"},
        "digest": f"sha256:{sha256(MANIFEST.encode()).hexdigest()}",
        "manifest": MANIFEST,
    }
)
