"""Whether an address is being written by the app itself: what it writes was checked already, or said by a System.

Set for the time of one write, in one task or thread; what people write meanwhile elsewhere is checked as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OURS: ContextVar[bool] = ContextVar("wow_writes_addresses", default=False)


@contextmanager
def written_by_us() -> Iterator[None]:
    """Exempt what is written in here from the checks of what people write."""
    token = _OURS.set(True)
    try:
        yield
    finally:
        _OURS.reset(token)


def is_written_by_us() -> bool:
    """Tell whether the app itself is writing."""
    return _OURS.get()
