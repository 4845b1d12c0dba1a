"""Who is told nothing by default."""

from __future__ import annotations

import inspect

from nixdock_hook.sinks.listener import Listener


def test_the_base_class_ignores_all_events() -> None:
    events = {name: event for name, event in vars(Listener).items() if inspect.isfunction(event)}
    assert {"compressed", "sent", "archived", "note", "failed"} <= set(events)
    for event in events.values():
        arguments = [None] * (len(inspect.signature(event).parameters) - 1)
        assert event(Listener(), *arguments) is None
