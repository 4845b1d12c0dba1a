from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.oci.model import Platform
from nixdock_hook.oci.platform import elf_architecture, on_base, runs
from tests.support.elf import elf

ARM64 = Platform("arm64", "linux")


@pytest.mark.parametrize(
    ("base", "result"),
    [
        (Platform("arm64", "linux"), ARM64),
        (Platform("arm64", "linux", "v8"), Platform("arm64", "linux", "v8")),
        (Platform("aarch64", "linux"), ARM64),
        (Platform("", ""), ARM64),
    ],
)
def test_a_base_that_fits(base: Platform, result: Platform) -> None:
    assert on_base(ARM64, base) == result


@pytest.mark.parametrize(
    ("base", "says"),
    [
        (
            Platform("amd64", "linux"),
            "linux/amd64 (x86_64) and the image for linux/arm64 (aarch64) in fromImage: take",
        ),
        (Platform("arm", "linux", "v7"), "linux/arm"),
        (
            Platform("arm64", "windows"),
            "windows/arm64 (aarch64) and the image for linux/arm64 (aarch64) in fromImage: take a base for linux/arm64",
        ),
    ],
)
def test_a_base_for_another_machine(base: Platform, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        on_base(ARM64, base)
    assert str(caught.value).startswith(f"the base image is for {says}")


@pytest.mark.parametrize(
    ("header", "architecture"),
    [
        (elf(62), "amd64"),
        (elf(3, bits=32), "386"),
        (elf(183), "arm64"),
        (elf(40, bits=32), "arm"),
        (elf(8, bits=32, order="big"), "mips"),
        (elf(8, bits=64, order="little"), "mips64le"),
        (elf(22, order="big"), "s390x"),
        (elf(243), "riscv64"),
        (elf(62, kind=2), "amd64"),
        (elf(62, kind=1), None),  # an object
        (elf(62, kind=4), None),  # a core dump
        (elf(62, bits=32), None),  # x32, which no GOARCH is
        (elf(83, bits=32), None),  # AVR: firmware
        (elf(62)[:19], None),
        (b"#!/bin/sh\n" * 10, None),
        (b"\x7fELF" + bytes(60), None),
        (b"", None),
    ],
)
def test_what_an_elf_file_is_for(header: bytes, architecture: str | None) -> None:
    assert elf_architecture(header) == architecture


def test_what_else_a_cpu_runs() -> None:
    assert runs("amd64", "386")
    assert runs("arm64", "arm")
    assert runs("of-the-future", "of-the-future")
    assert not runs("386", "amd64")
    assert not runs("amd64", "arm64")
