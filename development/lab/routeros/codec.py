"""Sentences of the API: words with their length in front, and a word of no length at the end (RouterOS, "API")."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

# The first byte says how many follow it, and which bits of the length are its own.
FORMS = ((0x80, 0x00, 1), (0x4000, 0x8000, 2), (0x200000, 0xC00000, 3), (0x10000000, 0xE0000000, 4))
LONGEST = 16 * 1024 * 1024


class NotASentence(Exception):
    """What came is no sentence."""


def length_of(size: int) -> bytes:
    """Return the length of a word as it stands in front of it."""
    for limit, mark, count in FORMS:
        if size < limit:
            return (size | mark).to_bytes(count, "big")
    return b"\xf0" + size.to_bytes(4, "big")


def encode(words: Iterable[str | bytes]) -> bytes:
    """Return a sentence. Bytes are sent as they are: not everything that a router keeps is UTF-8."""
    raw = (word if isinstance(word, bytes) else word.encode() for word in words)
    return b"".join(length_of(len(word)) + word for word in raw) + b"\0"


async def read_sentence(reader: asyncio.StreamReader) -> list[str]:
    """Return the next sentence. Raises NotASentence, or asyncio.IncompleteReadError at the end."""
    words = []
    while size := await _length(reader):
        if size > LONGEST:
            raise NotASentence(f"a word of {size} bytes")
        words.append((await reader.readexactly(size)).decode("utf-8", "replace"))
    return words


async def _length(reader: asyncio.StreamReader) -> int:
    first = (await reader.readexactly(1))[0]
    if first < 0x80:
        return first
    if first >= 0xF0:
        return int.from_bytes(await reader.readexactly(4), "big")
    more, own = (1, 0x3F) if first < 0xC0 else (2, 0x1F) if first < 0xE0 else (3, 0x0F)
    return int.from_bytes(bytes([first & own]) + await reader.readexactly(more), "big")
