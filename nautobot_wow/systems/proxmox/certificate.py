"""The certificate that an endpoint shows, read with nothing but the standard library, also where it is not trusted.

`ssl` only takes a certificate apart after it has verified it. So one that was not verified is asked for a second time,
with itself as the authority.
"""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...errors import Unreachable
from .login import Login

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which `ssl` has no name for
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a certificate says. `failure` says why it is not trusted, and is empty where it is or nobody wants to know.

    `authorities` is the file of those that were trusted, None where verification is switched off.
    """

    subject: str
    issuer: str
    not_after: datetime | None
    fingerprint: str
    authorities: str | None
    failure: str = ""

    def days_left(self, now: datetime) -> int | None:
        """Return for how many whole days it is still valid, less than 0 after it has expired."""
        return (self.not_after - now).days if self.not_after else None


def read_certificate(system: str, login: Login, timeout_s: float) -> Certificate:
    """Return the certificate, or raise Unreachable if there is no TLS there at all; nothing else is sent."""
    authorities = _authorities(login)
    failure = ""
    try:
        if authorities:
            return _certificate(*_shake_hands(login, _trusting(authorities), timeout_s), authorities)
    except ssl.SSLCertVerificationError as error:
        failure = error.verify_message or str(error)
    except OSError as error:
        raise _no_tls(system, login, error) from error
    try:
        _, der = _shake_hands(login, _context(), timeout_s)
    except OSError as error:
        raise _no_tls(system, login, error) from error
    return _certificate(_taken_apart(login, der, timeout_s), der, authorities, failure)


def _authorities(login: Login) -> str | None:
    """Return the file whose certificates the client trusts, None if it trusts everybody."""
    if isinstance(login.verify, str) or not login.verify:
        return login.verify or None
    from requests.utils import DEFAULT_CA_BUNDLE_PATH  # comes with the client, which may not be installed

    return next((os.environ[name] for name in BUNDLES if os.environ.get(name)), DEFAULT_CA_BUNDLE_PATH)


def _trusting(authorities: str) -> ssl.SSLContext:
    if Path(authorities).is_dir():
        return ssl.create_default_context(capath=authorities)
    return ssl.create_default_context(cafile=authorities)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _taken_apart(login: Login, der: bytes, timeout_s: float) -> dict[str, Any]:
    context = _context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
    try:
        context.load_verify_locations(cadata=der)
        return _shake_hands(login, context, timeout_s)[0]
    except OSError:  # its fingerprint has to do
        return {}


def _shake_hands(login: Login, context: ssl.SSLContext, timeout_s: float) -> tuple[dict[str, Any], bytes]:
    host = login.host.strip("[]")
    with (
        socket.create_connection((host, login.port), timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return secured.getpeercert() or {}, secured.getpeercert(binary_form=True) or b""


def _certificate(fields: dict[str, Any], der: bytes, authorities: str | None, failure: str = "") -> Certificate:
    digest = hashlib.sha256(der).hexdigest().upper()
    ends = fields.get("notAfter")
    return Certificate(
        subject=_name(fields.get("subject", ())),
        issuer=_name(fields.get("issuer", ())),
        not_after=datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), timezone.utc) if ends else None,
        fingerprint=":".join(digest[at : at + 2] for at in range(0, len(digest), 2)),
        authorities=authorities,
        failure=failure,
    )


def _name(parts: Any) -> str:
    """Return a distinguished name in one line, the most telling part first."""
    words = [f"{key}={value}" for part in parts for key, value in part]
    return ", ".join(sorted(words, key=lambda word: not word.startswith("commonName"))) or "unknown"


def _no_tls(system: str, login: Login, error: OSError) -> Unreachable:
    said = " ".join(str(error).split())[:200]
    return Unreachable(f"{system}: no TLS with {login.base} ({said}); check address, port and firewall")
