from __future__ import annotations

import pytest

from nixdock_hook.insight.opened.packages import Package, package_of, version_key

HASH = "0" * 32


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("openssl-3.0.14", Package("openssl", "3.0.14")),
        ("openssl-3.0.14-bin", Package("openssl", "3.0.14", "bin")),
        ("gcc-13.2.0-lib", Package("gcc", "13.2.0", "lib")),
        ("xgcc-13.2.0-libgcc", Package("xgcc", "13.2.0", "libgcc")),
        ("python3.11-requests-2.31.0", Package("python3.11-requests", "2.31.0")),
        ("nss-cacert-3.98", Package("nss-cacert", "3.98")),
        ("source", Package("source")),
        ("builder.sh", Package("builder.sh")),
        ("libidn2-2.3.7-info", Package("libidn2", "2.3.7", "info")),
        ("7zip-23.01", Package("7zip", "23.01")),
        ("unstable-2024-01-02", Package("unstable", "2024-01-02")),
    ],
)
def test_what_a_name_tells(name: str, package: Package) -> None:
    assert package_of(f"/nix/store/{HASH}-{name}") == package


def test_versions_are_ordered_as_nix_orders_them() -> None:
    # nix-instantiate --eval -E 'builtins.sort (a: b: builtins.compareVersions a b < 0) [ … ]' gives this order.
    ordered = ["", "1.0pre", "1.0", "1.0.1", "1.1-p2", "1.1-p10", "1.2a", "1.2.1", "1.9", "1.10", "2024-01-02"]
    assert sorted(ordered[::-1], key=version_key) == ordered
