"""Logging in: API tokens in a header, or a ticket in a cookie with a CSRF token for writes."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from development.lab.proxmox.errors import unauthorized

TOKEN_HEADER = re.compile(r"^PVEAPIToken[= ](?P<user>[^\s:/!]+@[^\s:/!]+)!(?P<name>[^\s=]+)=(?P<secret>\S+)$")
TICKET_LIFETIME_S = 7200


@dataclass(frozen=True)
class Caller:
    """Who asks: `id` is user@realm, or user@realm!token."""

    id: str

    @property
    def user(self) -> str:
        """The user without the token's name."""
        return self.id.partition("!")[0]

    @property
    def is_token(self) -> bool:
        """Whether an API token was used."""
        return "!" in self.id


@dataclass
class Ticket:
    """A login by password, good for two hours."""

    user: str
    csrf: str
    expires: float


@dataclass
class Logins:
    """The users' passwords, the tokens' secrets, and the tickets that were handed out."""

    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)

    def caller(self, verb: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller:
        """Return who sent the request, or raise 401."""
        header = headers.get("Authorization", "")
        if header.startswith("PVEAPIToken"):
            return self._by_token(header)
        cookie = cookies.get("PVEAuthCookie")
        if not cookie:
            raise unauthorized("No ticket")
        return self._by_ticket(verb, cookie, headers.get("CSRFPreventionToken", ""))

    def log_in(self, user: str, password: str) -> tuple[str, Ticket]:
        """Return a new ticket for the user, or raise 401."""
        known = self.passwords.get(user)
        # A ticket is accepted in the password's place: that is how clients renew it.
        renewed = self.tickets.get(password)
        fits = known is not None and hmac.compare_digest(known.encode(), password.encode())
        if not fits and not (renewed and renewed.user == user and renewed.expires > time.time()):
            raise unauthorized("authentication failure")
        name = f"PVE:{user}:{int(time.time()):08X}::{secrets.token_urlsafe(64)}"
        ticket = Ticket(user, f"{int(time.time()):08X}:{secrets.token_urlsafe(32)}", time.time() + TICKET_LIFETIME_S)
        self.tickets[name] = ticket
        return name, ticket

    def _by_token(self, header: str) -> Caller:
        match = TOKEN_HEADER.match(header)
        if not match:
            raise unauthorized("unable to parse API token")
        token = f"{match['user']}!{match['name']}"
        if match["user"] not in self.passwords:
            raise unauthorized(f"no such user ('{match['user']}')")
        if token not in self.tokens:
            raise unauthorized(f"no such token '{match['name']}' for user '{match['user']}'")
        if not hmac.compare_digest(self.tokens[token].encode(), match["secret"].encode()):
            raise unauthorized("invalid token value!")
        return Caller(token)

    def _by_ticket(self, verb: str, cookie: str, csrf: str) -> Caller:
        ticket = self.tickets.get(cookie)
        if ticket is None or ticket.expires < time.time():
            raise unauthorized("permission denied - invalid PVE ticket")
        if verb != "GET" and not hmac.compare_digest(ticket.csrf.encode(), csrf.encode()):
            raise unauthorized("Permission denied - invalid csrf token")
        return Caller(ticket.user)
