"""Services in containers: what a user builds images for."""

from __future__ import annotations

from tests.support.docker import Docker

from .loader import Loader


def test_redis_runs_as_the_user_that_run_as_root_made(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.redis")
    with docker.container(reference) as redis:
        answers = "until redis-cli ping; do sleep 0.1; done"
        assert "PONG" in redis.execute("/bin/bash", "-c", f"PATH=/bin; {answers}")
        assert redis.execute("/bin/redis-cli", "set", "answer", "42").strip() == "OK"
        assert redis.execute("/bin/stat", "-c", "%U:%G", "/data").strip() == "redis:redis"
        assert redis.execute("/bin/id", "-un").strip() == "redis"
        redis.execute("/bin/redis-cli", "save")
        assert "dump.rdb" in redis.execute("/bin/ls", "/data")
