"""What a system's client needs beside the app: an extra of its own, so that nobody installs what he does not use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ..errors import ConfigurationError
from .connection import Connection


@contextlib.contextmanager
def needed(connection: Connection, name: str, extra: str) -> Iterator[None]:
    """Turn an import that fails in the block into a ConfigurationError that says what to install."""
    try:
        yield
    except ImportError as error:
        raise ConfigurationError(
            f"{connection.system}: the client for {name} is not installed; install nautobot-wow[{extra}]"
        ) from error
