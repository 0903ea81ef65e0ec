"""Where a system is and how to log in: one typed value, made before anything is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """A secret that prints as asterisks wherever it is printed; `reveal()` is for the one line that sends it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __str__(self) -> str:
        return "***"

    __repr__ = __str__


@dataclass(frozen=True, kw_only=True)
class Connection:
    """An endpoint with its credentials. `ca_file` is a path of PEM certificates, or None for the system's own.

    `secret` is a token or a password. Where a private `key` logs in, `secret` is its passphrase or empty. `learned` is
    what earlier readings of this System found out for this one: host keys that were accepted at first use.
    """

    system: str
    url: str
    username: str
    secret: Secret
    key: Secret | None = None
    verify_tls: bool = True
    ca_file: str | None = None
    timeout_s: float = 30.0
    learned: Mapping[str, str] = field(default_factory=dict)
