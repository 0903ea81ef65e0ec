"""Where a router is and who logs in, checked before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import ConfigurationError
from ..connection import Connection, Secret
from .options import RouterOsOptions

TLS_PORT, PLAIN_PORT = 8729, 8728
ADVICE = "write the URL as https://host:8729"


@dataclass(frozen=True, kw_only=True)
class RouterLogin:
    """A checked endpoint and credentials. `anonymous`: TLS with a router that has no certificate is allowed."""

    system: str
    host: str
    port: int
    tls: bool
    anonymous: bool
    verify: bool
    ca_file: str | None
    user: str
    secret: Secret
    timeout_s: float

    @property
    def base(self) -> str:
        """Return the endpoint for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


def login_of(connection: Connection, options: RouterOsOptions) -> RouterLogin:
    """Return the checked login, or raise a ConfigurationError that says what to change."""
    tls, host, port = _endpoint(connection)
    if not tls and not options.allow_plaintext:
        raise ConfigurationError(
            f"{connection.system}: {connection.url!r} would send the password unencrypted; {ADVICE}, or set the option "
            "allow_plaintext"
        )
    if connection.ca_file and not Path(connection.ca_file).exists():
        raise ConfigurationError(
            f"{connection.system}: there is no CA file {connection.ca_file!r}; correct the path on the "
            "External Integration"
        )
    return RouterLogin(
        system=connection.system,
        host=host,
        port=port,
        tls=tls,
        anonymous=options.allow_anonymous_tls,
        verify=connection.verify_tls,
        ca_file=connection.ca_file,
        user=_user(connection),
        secret=connection.secret,
        timeout_s=connection.timeout_s,
    )


def _endpoint(connection: Connection) -> tuple[bool, str, int]:
    try:
        parts = urlsplit(connection.url.strip())
        port = parts.port
    except ValueError:
        raise ConfigurationError(f"{connection.system}: the URL cannot be read; {ADVICE}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"{connection.system}: the URL holds credentials; {ADVICE}, and use a secrets group")
    usable = parts.scheme in ("https", "http") and parts.hostname and port != 0
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(f"{connection.system}: {connection.url!r} is no API of RouterOS; {ADVICE}")
    tls = parts.scheme == "https"
    return tls, parts.hostname or "", port or (TLS_PORT if tls else PLAIN_PORT)


def _user(connection: Connection) -> str:
    user = connection.username.strip()
    if not user or not user.isprintable():
        raise ConfigurationError(f"{connection.system}: {user!r} is no user name; check the secrets group")
    if not connection.secret:
        raise ConfigurationError(f"{connection.system}: the password is empty; check the secrets group")
    return user
