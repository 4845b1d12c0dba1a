"""What nixdock asks of other people's registries, through the unpatched skopeo.

skopeo knows every way to log in (docker's config.json, containers' auth.json, credential helpers) and every dialect of
registries; it takes its proxies and SSL_CERT_FILE from the environment that it is given. Of manifests and configs it
takes 4 MiB, of an error 1 MiB, so what it writes has bounds.
"""

from __future__ import annotations

from .. import process
from ..errors import NixdockError, NotFound
from ..oci.digest import digest_of
from .access import Access
from .errors import explain


def copy_image(source: str, destination: str, platform: tuple[str, str], access: Access, temporary: str) -> None:
    """Run `skopeo copy docker://SOURCE DESTINATION`.

    platform: (os, architecture), of which the image is taken where SOURCE is an index. temporary: where large files go.
    Raises NotFound where the registry lacks SOURCE, and NixdockErrors that say what to do about the rest.
    """
    os_name, architecture = platform
    options = ["--override-os", os_name, "--override-arch", architecture, "--tmpdir", temporary]
    credentials = ["--src-authfile", access.auth_file] if access.auth_file else []
    tls = f"--src-tls-verify={str(access.tls_verify).lower()}"
    _run([*options, "copy", "--quiet", tls, *credentials, f"docker://{source}", destination], source, access)


def raw_manifest(reference: str, access: Access) -> bytes:
    """Return the manifest or index at NAME:TAG or NAME@DIGEST, byte for byte; errors as in `copy_image`."""
    return _inspect(reference, access)


def raw_config(reference: str, access: Access) -> bytes:
    """Return the config of the image at NAME@DIGEST, byte for byte; errors as in `copy_image`."""
    return _inspect(reference, access, "--config")


def _inspect(reference: str, access: Access, *options: str) -> bytes:
    credentials = ["--authfile", access.auth_file] if access.auth_file else []
    tls = f"--tls-verify={str(access.tls_verify).lower()}"
    return _run(["inspect", "--raw", *options, tls, *credentials, f"docker://{reference}"], reference, access)


def moved(name: str, digest: str, tag: str, access: Access) -> NixdockError:
    """Return the error for a registry without the manifest NAME@DIGEST; it says what its tag stands for now, if any."""
    try:
        now = digest_of(raw_manifest(f"{name}:{tag}", access))
    except NixdockError:
        remedy = "check the name, and that the digest is one of a manifest"
        return NotFound(f"the registry has no manifest {digest}, nor the tag {tag}", name, remedy)
    remedy = "pin the new one: nix-prefetch-docker, or nixdock lock --update"
    return NotFound(f"the registry has no manifest {digest}, the tag {tag} moved to {now}", name, remedy)


def _run(arguments: list[str], reference: str, access: Access) -> bytes:
    program = process.start(
        ["skopeo", "--insecure-policy", *arguments],
        stdin=process.DEVNULL,
        stdout=process.PIPE,
        stderr=process.PIPE,
        env=access.environment,
    )
    output, messages = process.communicate(program)
    if program.returncode:
        raise explain(messages, reference, access)
    return output
