"""Where an endpoint is and which token logs in, checked before anything is sent.

A secret with a line break or a letter outside ASCII would end up in the text of an exception of the HTTP library, so
it is refused here, without being shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ...errors import ConfigurationError
from ..connection import Connection, Secret

DEFAULT_PORT = 8006
TOKEN = re.compile(r"(?P<user>[^\s:/!@]+@[A-Za-z][\w.-]+)!(?P<name>[A-Za-z][\w.-]+)", re.ASCII)
API_PATH = re.compile(r"/?(?:api2(?:/json)?)?/?$")


@dataclass(frozen=True, kw_only=True)
class Login:
    """A checked endpoint and token. `prefix` is a path in front of /api2, "" where there is none."""

    host: str
    port: int
    prefix: str
    user: str
    token: str
    secret: Secret
    verify: bool | str

    @property
    def base(self) -> str:
        """Return the endpoint for messages."""
        return f"https://{self.host}:{self.port}{f'/{self.prefix}' if self.prefix else ''}"


def login_of(connection: Connection) -> Login:
    """Return the checked login, or raise a ConfigurationError that says what to change."""
    parts = _endpoint(connection)
    token = TOKEN.fullmatch(connection.username.strip())
    if not token:
        raise ConfigurationError(
            f"{connection.system}: {connection.username!r} is not an API token; write it as user@realm!tokenid"
        )
    host = parts.hostname or ""
    return Login(
        host=f"[{host}]" if ":" in host else host,
        port=parts.port or DEFAULT_PORT,
        prefix=API_PATH.sub("", parts.path).strip("/"),
        user=token["user"],
        token=token["name"],
        secret=_secret(connection),
        verify=_verify(connection),
    )


def _endpoint(connection: Connection) -> SplitResult:
    advice = "write the URL as https://host:8006"
    try:
        parts = urlsplit(connection.url.strip())
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise ConfigurationError(f"{connection.system}: the URL cannot be read; {advice}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"{connection.system}: the URL holds credentials; {advice}, and use a secrets group")
    if parts.scheme != "https" or not parts.hostname or not has_port or parts.query or parts.fragment:
        raise ConfigurationError(f"{connection.system}: {connection.url!r} is no endpoint of Proxmox VE; {advice}")
    return parts


def _secret(connection: Connection) -> Secret:
    text = connection.secret.reveal().strip()
    if not text:
        raise ConfigurationError(f"{connection.system}: the secret of the token is empty; check the secrets group")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(
            f"{connection.system}: the secret of the token holds blanks or letters that no token has; "
            "check the secrets group"
        )
    return Secret(text)


def _verify(connection: Connection) -> bool | str:
    if not connection.verify_tls or not connection.ca_file:
        return connection.verify_tls
    if not Path(connection.ca_file).exists():
        raise ConfigurationError(
            f"{connection.system}: there is no CA file {connection.ca_file!r}; correct the path on the "
            "External Integration"
        )
    return connection.ca_file
