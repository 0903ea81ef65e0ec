"""Public keys: one per line, with real newlines, or the guest comes up without a way in."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

PUBLIC_KEY = re.compile(
    r"(?P<type>(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+) +(?P<body>[A-Za-z0-9+/]+={0,3})(?: +(?P<note>.*))?"
)
TYPE_IN_NOTE = re.compile(r"(?:^|\s)(?:sk-)?(?:ssh|ecdsa)-\S+ +AAAA")


def key_complaint(key: str) -> str | None:
    """Return what is wrong with a public key, None if nothing is."""
    line = key.strip()
    if "\n" in line or "\r" in line or "\\n" in line:
        return "holds several lines: give each key on its own"
    match = PUBLIC_KEY.fullmatch(line)
    if not match:
        return "is no public key such as 'ssh-ed25519 AAAA… name'"
    if TYPE_IN_NOTE.search(match["note"] or ""):
        return "holds two keys without a newline between them"
    return None if _names_itself(match["body"], match["type"]) else "is damaged: its text does not hold such a key"


def _names_itself(body: str, key_type: str) -> bool:
    """Whether the key is whole and of its type: it is a row of texts with their lengths, and the first is the type."""
    try:
        blob = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return False
    parts = []
    while len(blob) >= 4:
        end = 4 + int.from_bytes(blob[:4], "big")
        if end > len(blob):
            return False
        parts.append(blob[4:end])
        blob = blob[end:]
    return not blob and len(parts) > 1 and parts[0] == key_type.encode()


def key_lines(keys: Iterable[str]) -> str:
    """Return the text of an authorized_keys file, "" without any key."""
    lines = dict.fromkeys(key.strip() for key in keys if key.strip())
    return "".join(f"{line}\n" for line in lines)


def quoted_key_lines(keys: Iterable[str]) -> str:
    """Return the keys as a VM's `sshkeys` wants them: url-encoded, a blank as %20 and not as a plus sign."""
    return quote(key_lines(keys), safe="")


def read_quoted(text: str) -> tuple[str, ...]:
    """Return the keys in a VM's `sshkeys`."""
    return tuple(line.strip() for line in unquote(text).splitlines() if line.strip())
