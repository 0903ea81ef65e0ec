"""SSH to a box: where it is, whose host key it must show, and what paramiko's errors mean for the operator.

A host key is checked before anything is sent. It is pinned on the System (option `host_key`), or accepted once and
remembered where the option `host_key_policy` says so. The key of another host is refused, whatever the policy is.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from ..errors import AuthenticationError, ConfigurationError, Unreachable, WowError
from .connection import Connection, Secret
from .kind import Options

if TYPE_CHECKING:
    import paramiko

HOST_KEY = "host_key"
"""The name under which a learned host key is kept in `Snapshot.learned`."""

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
KEY_TYPE = re.compile(r"(?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]+")


class SshOptions(Options):
    """Options of every System that is asked over SSH."""

    host_key: str = Field(
        default="",
        description="Whose key the box must show: its fingerprint (SHA256:…), or a line as in known_hosts without the "
        "host (ssh-ed25519 AAAA…). Several, one per line, where it has several. ssh-keyscan shows the keys; compare "
        "them on the box's console.",
    )
    host_key_policy: Literal["known", "first-use"] = Field(
        default="known",
        description="known: only a pinned key is accepted. first-use: the key of the first connection is accepted and "
        "remembered; a different one is refused from then on.",
    )

    @field_validator("host_key")
    @classmethod
    def _readable(cls, value: str) -> str:
        for line in value.strip().splitlines():
            fingerprint_of(line)
        return value.strip()


def fingerprint_of(line: str) -> str:
    """Return the fingerprint (SHA256:… without padding, RFC 4648 base64) of a pinned line. Raises ValueError."""
    words = line.split()
    if len(words) == 1 and FINGERPRINT.fullmatch(words[0]):
        return words[0].rstrip("=")
    if len(words) >= 2 and KEY_TYPE.fullmatch(words[0]):
        try:
            return _fingerprint(base64.b64decode(words[1], validate=True))
        except (binascii.Error, ValueError):
            pass
    raise ValueError(f"{line[:60]!r} is neither a fingerprint (SHA256:…) nor a public key (ssh-ed25519 AAAA…)")


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True)
class SshLogin:
    """A checked endpoint and credentials. `key` is a private key; `secret` then is its passphrase, if it has one."""

    system: str
    host: str
    port: int
    user: str
    secret: Secret
    key: Secret | None
    timeout_s: float

    @property
    def base(self) -> str:
        """Return the endpoint for messages."""
        return f"ssh://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def login_of(connection: Connection, default_port: int = 22) -> SshLogin:
    """Return the checked login, or raise a ConfigurationError that says what to change."""
    advice = "write the URL as ssh://host:port"
    try:
        parts = urlsplit(connection.url.strip())
        port = parts.port if parts.port is not None else default_port
    except ValueError:
        raise ConfigurationError(f"{connection.system}: the URL cannot be read; {advice}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"{connection.system}: the URL holds credentials; {advice}, and use a secrets group")
    if parts.scheme != "ssh" or not parts.hostname or not port or parts.path.strip("/") or parts.query:
        raise ConfigurationError(f"{connection.system}: {connection.url!r} is no SSH endpoint; {advice}")
    user = connection.username.strip()
    if not user or not user.isprintable() or " " in user:
        raise ConfigurationError(f"{connection.system}: {user!r} is no user name; check the secrets group")
    return SshLogin(
        system=connection.system,
        host=parts.hostname,
        port=port,
        user=user,
        secret=connection.secret,
        key=connection.key,
        timeout_s=connection.timeout_s,
    )


@dataclass
class HostKeys:
    """What is known of the keys of one host. `learned` is what was accepted at first use in this reading."""

    pinned: tuple[str, ...]
    accepts_first: bool
    learned: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, options: SshOptions) -> HostKeys:
        """Return what the System's options and its earlier readings know."""
        lines = options.host_key.splitlines() or connection.learned.get(HOST_KEY, "").splitlines()
        return cls(pinned=tuple(lines), accepts_first=options.host_key_policy == "first-use")

    def check(self, login: SshLogin, key: paramiko.PKey) -> None:
        """Accept the key a host shows, or raise a ConfigurationError with what was shown and what to do."""
        shown = _fingerprint(key.asbytes())
        if shown in {fingerprint_of(line) for line in self.pinned}:
            return
        if self.pinned:
            known = ", ".join(fingerprint_of(line) for line in self.pinned)
            raise HostKeyRefused(
                f"{login.system}: {login.base} shows the host key {shown} ({key.get_name()}), and {known} is known. "
                "Either the box was set up anew, or somebody stands in between: compare the key on its console before "
                "you change the option host_key. Nothing was sent"
            )
        if not self.accepts_first:
            raise HostKeyRefused(
                f"{login.system}: the host key of {login.base} is not known; it shows {shown} ({key.get_name()}). "
                "Compare it on the box's console, then set it as the option host_key. Nothing was sent"
            )
        self.learned[HOST_KEY] = f"{key.get_name()} {key.get_base64()}"
        self.pinned = (self.learned[HOST_KEY],)


class HostKeyRefused(ConfigurationError):
    """The box shows a host key that is not the known one, or none is known."""


def policy_of(login: SshLogin, keys: HostKeys) -> paramiko.MissingHostKeyPolicy:
    """Return what paramiko asks about a host key: it asks for every one, because its own list stays empty."""
    from paramiko import MissingHostKeyPolicy

    class Policy(MissingHostKeyPolicy):
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            keys.check(login, key)

    return Policy()


@contextlib.contextmanager
def connected(login: SshLogin, keys: HostKeys, **more: Any) -> Iterator[paramiko.SSHClient]:
    """Log in, and close when the block ends. Raises what `explained` says; `more` goes to paramiko's connect()."""
    from paramiko import SSHClient

    with contextlib.closing(SSHClient()) as client:
        client.set_missing_host_key_policy(policy_of(login, keys))
        with explained(login):
            client.connect(
                login.host,
                port=login.port,
                username=login.user,
                timeout=login.timeout_s,
                banner_timeout=login.timeout_s,
                auth_timeout=login.timeout_s,
                channel_timeout=login.timeout_s,
                allow_agent=False,
                look_for_keys=False,
                **{**_credentials(login), **more},
            )
        yield client


def _credentials(login: SshLogin) -> dict[str, Any]:
    if login.key is None:
        return {"password": login.secret.reveal()}
    return {"pkey": private_key(login)}


def private_key(login: SshLogin) -> paramiko.PKey:
    """Return the private key that logs in. Raises ConfigurationError, which never shows any of it."""
    import paramiko

    assert login.key is not None
    # A secret from a form or a file may have lost the end of its last line, or have the ends of another system.
    text = login.key.reveal().replace("\r\n", "\n").strip() + "\n"
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), password=login.secret.reveal() or None)
        except paramiko.PasswordRequiredException:
            raise ConfigurationError(
                f"{login.system}: the private key wants a passphrase; add it to the secrets group as the password"
            ) from None
        except (paramiko.SSHException, ValueError, IndexError, UnicodeError):
            continue
    raise ConfigurationError(
        f"{login.system}: the private key cannot be read, or its passphrase is wrong; the secret must hold the whole "
        "file of an Ed25519, ECDSA or RSA key"
    )


@contextlib.contextmanager
def explained(login: SshLogin) -> Iterator[None]:
    """Turn what SSH and sockets raise into our errors: who, what happened, what to do."""
    import paramiko

    start = f"{login.system}: {login.base}"
    try:
        yield
    except WowError:
        raise
    except paramiko.BadAuthenticationType as error:
        raise AuthenticationError(
            f"{start} does not let {login.user!r} log in with a {_what(login)}; it takes "
            f"{' or '.join(name for name in error.allowed_types if name) or 'no way that it names'}. Check the secrets "
            "group, and how the user may log in"
        ) from None
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():  # paramiko has no class of its own for it
            raise Unreachable(
                f"{start} did not answer the login within {login.timeout_s:g} s; check the time-out of the External "
                "Integration"
            ) from None
        raise AuthenticationError(
            f"{start} refused the {_what(login)} of user {login.user!r}; check the secrets group, and that the user "
            "may log in"
        ) from None
    except TimeoutError:
        raise Unreachable(
            f"{start} did not answer within {login.timeout_s:g} s; check that it runs, and the time-out of the "
            "External Integration"
        ) from None
    except socket.gaierror as error:
        raise Unreachable(f"{start}: there is no such host ({error.strerror}); check the URL") from None
    except EOFError:
        raise Unreachable(f"{start} closed the connection") from None
    except OSError as error:  # refused, reset, no route; paramiko's NoValidConnectionsError is one
        raise Unreachable(f"{start} cannot be reached ({_reason(error)})") from None
    except paramiko.SSHException as error:
        raise Unreachable(f"{start} does not speak SSH as expected ({str(error)[:200]})") from None


def _what(login: SshLogin) -> str:
    return "key" if login.key is not None else "password"


def _reason(error: OSError) -> str:
    nested = getattr(error, "errors", None)
    if isinstance(nested, dict) and nested:
        error = next(iter(nested.values()))
    return error.strerror or str(error)[:200]
