"""No search for garbage meanwhile: a run makes many objects that live until its end, and hardly any cycles.

Each full collection walks everything that a worker has loaded. With a thousand guests and nothing to change, these
walks took longer than the run itself.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_alone() -> Iterator[None]:
    """Switch Python's cycle collector off for the time of the block, unless it is off already."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
