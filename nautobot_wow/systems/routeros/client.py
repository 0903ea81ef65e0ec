"""The questions put to a router, one after the other on one session, and every failure in the project's words.

A method returns the whole answer or raises a SourceError; what came before an error in the middle is no answer.

    no connection, time-out, closed, !fatal        Unreachable
    !trap: invalid user name or password           AuthenticationError
    !trap: not enough permissions                  Forbidden
    !trap: no such command                         NoSuchMenu
    !trap: anything else                           RemoteError
    what is no sentence of the API                 ParseError
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Iterator

from librouteros.exceptions import ConnectionClosed, FatalError, LibRouterosError, MultiTrapError, TrapError

from ...errors import AuthenticationError, Forbidden, NotFound, ParseError, RemoteError, SourceError, Unreachable
from ..connection import Connection
from .login import RouterLogin, login_of
from .menus import Menu
from .options import RouterOsOptions
from .wire import Attributes, TextApi, api_of, log_in

NO_MENU = re.compile(r"no such command|unknown command|bad command name", re.IGNORECASE)
NO_RIGHT = re.compile(r"not enough permissions|not allowed", re.IGNORECASE)
NO_LOGIN = re.compile(r"invalid user name or password|cannot log in", re.IGNORECASE)
NO_COMMON_CIPHER = re.compile(r"HANDSHAKE_FAILURE|NO_CIPHERS|NO_SHARED_CIPHER|UNEXPECTED_EOF|no common", re.IGNORECASE)
LONGEST_SAYING = 200


class NoSuchMenu(NotFound):
    """This release, or what is installed of it, does not have the menu."""


class RouterOsClient:
    """Asks one router over its API."""

    def __init__(self, connection: Connection, options: RouterOsOptions) -> None:
        self.system = connection.system
        self.login: RouterLogin = login_of(connection, options)
        self._api: TextApi | None = None

    def __enter__(self) -> RouterOsClient:
        with self._explained("the login"):
            self._api = api_of(self.login)
        try:
            with self._explained("the login"):
                log_in(self._open, self.login.user, self.login.secret.reveal())
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def print(self, menu: Menu) -> list[Attributes]:
        """Return the rows of a menu."""
        with self._explained(menu.path):
            return self._open.ask(f"{menu.path}/print", *menu.words)

    def monitor(self, port_id: str) -> list[Attributes]:
        """Return what an Ethernet port says of its link now, and of the module in it."""
        with self._explained("/interface/ethernet/monitor"):
            return self._open.ask("/interface/ethernet/monitor", f"=numbers={port_id}", "=once=")

    @property
    def _open(self) -> TextApi:
        assert self._api is not None, "the client is only usable inside its with block"
        return self._api

    @contextlib.contextmanager
    def _explained(self, asked: str) -> Iterator[None]:
        """Turn what the library raises into an error of ours. The cause is left out: it may hold what was sent."""
        try:
            yield
        except (TrapError, MultiTrapError) as error:
            raise self._refused(str(error), asked) from None
        except (ConnectionClosed, FatalError) as error:
            raise self._gone(str(error), asked) from None
        except (ssl.SSLError, ssl.CertificateError) as error:
            raise self._no_tls(error, asked) from None
        except TimeoutError:
            raise Unreachable(
                f"{self.system}: {self.login.base} did not answer {asked} within {self.login.timeout_s:g} s; check the "
                "router, or raise the time-out of the External Integration"
            ) from None
        except OSError as error:
            raise Unreachable(
                f"{self.system}: no connection to {self.login.base} for {asked} ({self._said(str(error))}); check "
                "address and port, and on the router /ip service (enabled, and from which addresses)"
            ) from None
        except (LibRouterosError, UnicodeError, LookupError, TypeError, ValueError) as error:
            raise ParseError(
                f"{self.system}: the answer to {asked} is not one of RouterOS ({self._said(str(error))}); check that "
                f"{self.login.base} is its API"
            ) from None

    def _refused(self, message: str, asked: str) -> SourceError:
        said = self._said(message)
        if NO_LOGIN.search(message):
            return AuthenticationError(
                f"{self.system}: {self.login.base} refused {self.login.user!r} ({said}); check the secrets group, and "
                "that the user's group has the policies read and api"
            )
        if NO_RIGHT.search(message):
            return Forbidden(f"{self.system}: {asked} is not allowed ({said}); give the user's group the policy read")
        if NO_MENU.search(message):
            return NoSuchMenu(f"{self.system}: this router has no {asked} ({said})")
        return RemoteError(f"{self.system}: {asked} failed ({said}); try the same on the router")

    def _gone(self, message: str, asked: str) -> SourceError:
        return Unreachable(
            f"{self.system}: {self.login.base} closed the connection before {asked} was answered "
            f"({self._said(message)}); nothing of this reading is used. Check /ip service and /user on the router"
        )

    def _no_tls(self, error: ssl.SSLError, asked: str) -> SourceError:
        said = self._said(getattr(error, "verify_message", "") or str(error.reason or error))
        if NO_COMMON_CIPHER.search(said):
            cure = (
                "if the router has a certificate now, switch the option allow_anonymous_tls off"
                if self.login.anonymous
                else "if its service api-ssl has no certificate, give it one (/ip service set api-ssl certificate=…), "
                "or set the option allow_anonymous_tls"
            )
        else:
            cure = "give the External Integration the CA file that signed the router's certificate"
        return Unreachable(f"{self.system}: TLS with {self.login.base} failed for {asked} ({said}); {cure}")

    def _said(self, text: str) -> str:
        """Return one bounded line of what comes from outside, without the secret should it be in there."""
        line = " ".join(text.replace(self.login.secret.reveal(), "***").split())
        return line if len(line) <= LONGEST_SAYING else line[: LONGEST_SAYING - 3] + "..."
