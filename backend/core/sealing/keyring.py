"""The secrets that are never in a database: key-encryption keys and peppers, versioned, from a file or the environment.

The file is JSON: `{"kek": {"1": <32 bytes, base64>}, "pepper": {"1": …}}`; the highest version is the present one,
older ones open what they closed. Losing it loses everything that is sealed.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@dataclass(frozen=True)
class Keyring:
    """Versioned 32-byte secrets."""

    kek: dict[int, bytes]
    pepper: dict[int, bytes]

    @property
    def version(self) -> int:
        return max(self.kek)

    @property
    def pepper_version(self) -> int:
        return max(self.pepper)

    @functools.cache  # noqa: B019 - a keyring lives as long as its process
    def derived(self, purpose: str, version: int) -> bytes:
        """A 32-byte key for one purpose (`message-tag`, `ring`, …) from that version's key-encryption key."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"naast/" + purpose.encode()).derive(
            self.kek[version]
        )

    def __hash__(self) -> int:
        return id(self)


def parse(text: str) -> Keyring:
    """Read the JSON form; refuses anything but 32-byte secrets."""
    read: dict[str, dict[int, bytes]] = {}
    data = json.loads(text)
    for part in ("kek", "pepper"):
        read[part] = {int(version): base64.b64decode(secret) for version, secret in data[part].items()}
        if not read[part] or any(len(secret) != 32 for secret in read[part].values()):
            raise ValueError(f"keyring: {part} needs at least one secret, each of 32 bytes")
    return Keyring(**read)


def fresh() -> str:
    """A new keyring in its JSON form."""
    made = {part: {"1": base64.b64encode(secrets.token_bytes(32)).decode()} for part in ("kek", "pepper")}
    return json.dumps(made, indent=1)


def create_file(path: Path) -> None:
    """Make a new keyring file, readable by its owner only; an existing one is never touched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(fd, "w") as file:
        file.write(fresh())


@functools.cache
def keyring() -> Keyring:
    """This process's keyring, read once."""
    if settings.SECRETS_JSON:
        return parse(settings.SECRETS_JSON)
    return parse(Path(settings.SECRETS_FILE).read_text())
