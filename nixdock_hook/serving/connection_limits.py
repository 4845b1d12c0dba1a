"""How many clients a server has at once, and how long each may take."""

from __future__ import annotations

import resource
from dataclasses import dataclass

HEAD_TIME = 15.0
"""Seconds from the end of an answer, or the connection's begin, to the end of the next head; clients connect again."""
SEND_TIME = 15.0
"""Seconds that a client may take nothing of an answer that fits into a few packets."""
BLOB_TIME = 300.0
"""Seconds that a client may take nothing of a blob: a push waits that long while a registry commits the blob before."""
IDLE_GRACE = 0.5
"""Seconds that a client may say nothing where another waits for its place: more than one round trip."""
STALL_GRACE = 3.0
"""Seconds that a client may take nothing of an answer where others wait for theirs: a slow disk needs one or two."""

_MOST_CONNECTIONS = 2048  # with at most 32 KiB of a head each: 64 MiB
_MOST_ANSWERS = 128  # a layer on its way takes 3 MB, two buffers of 1.1 MiB and a thread that hashes: 390 MB
_OWN = 32  # descriptors: the standard streams, the listening socket, archives of base images, running builds
_OF_AN_ANSWER = 4  # files that it reads at once, and the pipes of a decompressor


@dataclass(frozen=True, slots=True)
class Limits:
    """connections: open at once. answers: of them, answered at once (a thread each). descriptors: the process's."""

    connections: int
    answers: int
    descriptors: int

    @property
    def reason(self) -> str:
        """Why there are not more connections."""
        if self.connections == _MOST_CONNECTIONS:
            return "no more are served at once"
        return f"{self.descriptors} file descriptors allow no more (ulimit -n)"


def limits_of(descriptors: int) -> Limits:
    """Share descriptors out: at most half of them for the files of answers, the rest for connections."""
    free = max(0, descriptors - _OWN)
    answers = max(1, min(_MOST_ANSWERS, free // (2 * _OF_AN_ANSWER)))
    connections = min(_MOST_CONNECTIONS, free - answers * _OF_AN_ANSWER)
    return Limits(max(1, connections), answers, descriptors)


def own_limits() -> Limits:
    """Return the limits of this process, by RLIMIT_NOFILE as it is now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limits_of(1 << 20 if soft == resource.RLIM_INFINITY else soft)
