"""One request over HTTPS with a time-out and a bounded answer, and every failure in the project's words.

A GET is safe and asked again a bounded number of times. A write is sent once: after a time-out nobody knows whether it
was done, so whoever sent it looks before anything is repeated. Form data is in no log and in no error.

Proxmox VE says what went wrong in the reason phrase of the status line, and almost everything is a 500.

    401                               AuthenticationError
    403                               Forbidden
    404, 500 "... does not exist"     NotFound
    502-504, 595-599, no connection   Unreachable (a GET is asked again)
    any other                         RemoteError
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import requests
import urllib3.exceptions
from proxmoxer import ProxmoxResource, ResourceException
from proxmoxer.backends import https
from requests.adapters import HTTPAdapter

from ...errors import (
    AuthenticationError,
    Forbidden,
    NotFound,
    ParseError,
    RemoteError,
    SourceError,
    Unreachable,
)
from .login import Login

ATTEMPTS = 3
FIRST_PAUSE_S = 0.25
MAX_ANSWER_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
GONE_AFTER = 10
ONCE = (None,)

GATEWAY_ERRORS = frozenset({502, 503, 504, 595, 596, 597, 598, 599})
WORTH_RETRYING = frozenset({502, 503, 504, 595, 596, 599})
MISSING = re.compile(
    r"does not exist|unable to find configuration file|no such (?:vm|ct|container|node)", re.IGNORECASE
)
CERTIFICATE = re.compile(r"certificate verify failed: ([^(']+)")
# proxmoxer writes the form data of every request at INFO, and answers at DEBUG; urllib3 writes full addresses.
TALKATIVE = ("proxmoxer.core", "proxmoxer.backends.https", "urllib3.connectionpool")


class Transport:
    """Asks one endpoint. Each thread has a session of its own: proxmoxer's are not made to be shared."""

    def __init__(self, system: str, login: Login, timeout_s: float) -> None:
        self.system = system
        self._login = login
        self._timeout_s = timeout_s
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()
        self._silent_in_a_row = 0
        _silence_loggers()

    def close(self) -> None:
        """Close every connection."""
        for session in self._sessions:
            session.close()

    def get(self, path: str, **params: Any) -> Any:
        """Return the data of the answer to GET `path`, or raise a SourceError."""
        return self._ask("GET", path, params, _pauses())

    def post(self, path: str, **data: Any) -> Any:
        """Return the data of the answer to POST `path`, sent once."""
        return self._ask("POST", path, data, ONCE)

    def put(self, path: str, **data: Any) -> Any:
        """Return the data of the answer to PUT `path`, sent once."""
        return self._ask("PUT", path, data, ONCE)

    def delete(self, path: str, **params: Any) -> Any:
        """Return the data of the answer to DELETE `path`, sent once."""
        return self._ask("DELETE", path, params, ONCE)

    def _ask(self, verb: str, path: str, values: dict[str, Any], pauses: Iterable[float | None]) -> Any:
        asked = f"{verb} {path}"
        for pause_s in pauses:
            self._refuse_if_gone(asked)
            data, cause = self._attempt(verb, path, values)
            failure = self._translated(cause, asked) if cause else None
            self._count(failure)
            if failure is None:
                return self._checked(data, asked)
            if pause_s is None or not _is_worth_retrying(cause):
                raise failure from self._presentable(cause)
            time.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, verb: str, path: str, values: dict[str, Any]) -> tuple[Any, Exception | None]:
        """Return the data, or what kept it from coming; proxmoxer does not look whether an answer is one of its own."""
        resource = self._api()(path)
        send = {"GET": resource.get, "POST": resource.post, "PUT": resource.put, "DELETE": resource.delete}[verb]
        try:
            return send(**values), None
        except (
            ResourceException,
            requests.RequestException,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            return None, error

    def is_gone(self) -> bool:
        """Whether so many questions in a row got no answer that asking on makes no sense."""
        return self._silent_in_a_row >= GONE_AFTER

    # ---------------------------------------------------------------------------------------------------- sessions

    def _api(self) -> ProxmoxResource:
        if not hasattr(self._local, "api"):
            self._local.api = self._new_api()
        return self._local.api

    def _new_api(self) -> ProxmoxResource:
        login = self._login
        backend = https.Backend(
            login.host,
            port=login.port,
            path_prefix=login.prefix or None,
            user=login.user,
            token_name=login.token,
            token_value=login.secret.reveal(),
            verify_ssl=login.verify,
            timeout=self._timeout_s,
        )
        session = backend.get_session()
        session.max_redirects = 0  # the API has none, and a redirect would carry the question elsewhere
        session.mount("https://", BoundedAdapter(self._timeout_s))
        with self._lock:
            self._sessions.append(session)
        return ProxmoxResource(base_url=backend.get_base_url(), session=session, serializer=backend.get_serializer())

    # ------------------------------------------------------------------------------------------- a dead endpoint

    def _refuse_if_gone(self, asked: str) -> None:
        if self.is_gone():
            raise Unreachable(
                f"{self.system}: {self._login.base} stopped answering ({GONE_AFTER} questions in a row), so it was "
                f"not asked for {asked}; check the endpoint and run again"
            )

    def _count(self, failure: SourceError | None) -> None:
        is_silent = isinstance(failure, Unreachable) and not isinstance(failure, NodeUnreachable)
        with self._lock:
            self._silent_in_a_row = self._silent_in_a_row + 1 if is_silent else 0

    # -------------------------------------------------------------------------------------------------- failures

    def _checked(self, data: Any, asked: str) -> Any:
        """Return the data; proxmoxer hands over a body that is no JSON as {"errors": bytes}."""
        if isinstance(data, dict) and isinstance(data.get("errors"), bytes):
            raise self._not_an_answer(asked)
        return data

    def _not_an_answer(self, asked: str) -> ParseError:
        return ParseError(
            f"{self.system}: the answer to {asked} is not one of Proxmox VE; "
            f"check that {self._login.base} is its API (port {self._login.port})"
        )

    def _translated(self, error: Exception, asked: str) -> SourceError:
        if isinstance(error, ResourceException):
            return self._refused(error, asked)
        if isinstance(error, requests.RequestException):
            error.request = error.response = None  # they carry the Authorization header and the form data
            return self._no_answer(error, asked)
        return self._not_an_answer(asked)

    def _presentable(self, error: Exception | None) -> Exception | None:
        """Return the cause as it may be shown, None if the other side put our secret into it."""
        return None if self._login.secret.reveal() in f"{error} {error!r}" else error

    def _refused(self, error: ResourceException, request: str) -> SourceError:
        asked, said = f"{self.system}: {request}", self._scrubbed(f"{error.status_code} {error.content}")
        if error.status_code == 401:
            return AuthenticationError(
                f"{self.system}: {self._login.base} refused the token {self._login.user}!{self._login.token} "
                f"({said}); check its name, its secret and whether it has expired"
            )
        if error.status_code == 403:
            role = "PVEAuditor" if request.startswith("GET ") else "a role with the right that is named"
            return Forbidden(f"{asked} is not allowed ({said}); grant {role} to the user and to the token")
        if error.status_code == 404 or (error.status_code == 500 and MISSING.search(str(error.content))):
            return NotFound(f"{asked}: there is no such thing ({said})")
        if error.status_code in GATEWAY_ERRORS:
            return NodeUnreachable(f"{asked} was not passed on ({said}); check the node and its cluster network")
        if error.errors:
            said = self._scrubbed(f"{said} {error.errors}")
        return RemoteError(f"{asked} failed ({said}); look into the task log or the system log of the node")

    def _no_answer(self, error: requests.RequestException, asked: str) -> SourceError:
        base, text = self._login.base, self._scrubbed(str(error))
        if isinstance(error, requests.exceptions.SSLError):
            found = CERTIFICATE.search(text)
            return Unreachable(
                f"{self.system}: TLS with {base} failed ({found[1].strip() if found else text}); give the External "
                "Integration the CA file that signed its certificate"
            )
        if isinstance(error, requests.Timeout) or "timed out" in text.lower():
            return Unreachable(
                f"{self.system}: {base} did not answer {asked} within {self._timeout_s:g} s; "
                f"check the network, or raise the time-out of the External Integration{_perhaps_done(asked)}"
            )
        if isinstance(error, requests.TooManyRedirects):
            return RemoteError(f"{self.system}: {base} redirects {asked} elsewhere; give the address of the API itself")
        if isinstance(error, AnswerTooLarge):
            return ParseError(f"{self.system}: the answer to {asked} is larger than {MAX_ANSWER_BYTES >> 20} MB")
        return Unreachable(
            f"{self.system}: no connection to {base} for {asked} ({text}); check address, port and firewall"
            f"{_perhaps_done(asked)}"
        )

    def _scrubbed(self, text: str) -> str:
        """Return one bounded line of text that comes from outside, without the secret should it be in there."""
        line = " ".join(text.replace(self._login.secret.reveal(), "***").split())
        return line if len(line) <= 300 else line[:297] + "..."


class NodeUnreachable(Unreachable):
    """The endpoint answers, but not the node it passed the question on to."""


class AnswerTooLarge(requests.RequestException):
    """The answer is larger than anything Proxmox VE would say."""


class BoundedAdapter(HTTPAdapter):
    """Reads a whole answer within a time and a size; the library's own time-out starts anew with every byte."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Return the answer with its content read."""
        response = super().send(request, *args, **{**kwargs, "stream": True})
        try:
            response._content = b"".join(self._chunks(response))
        except BaseException:
            response.close()
            raise
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _chunks(self, response: requests.Response) -> Iterator[bytes]:
        """Yield what arrives as it arrives: a read that waits for a full buffer could wait for ever."""
        deadline = time.monotonic() + self._timeout_s
        size = 0
        try:
            while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
                size += len(chunk)
                if size > MAX_ANSWER_BYTES:
                    raise AnswerTooLarge("the answer is too large")
                if time.monotonic() > deadline:
                    raise requests.ReadTimeout("Read timed out.")
                yield chunk
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(f"the answer broke off: {error}") from error


def _pauses() -> Iterator[float | None]:
    """Yield, for each attempt, how long to wait after it fails; None after the last one."""
    for attempt in range(ATTEMPTS - 1):
        yield FIRST_PAUSE_S * 4**attempt * random.uniform(0.75, 1.25)  # noqa: S311  (spreads load, guards nothing)
    yield None


def _perhaps_done(asked: str) -> str:
    return "" if asked.startswith("GET ") else ". It may have been done all the same: look before it is repeated"


def _is_worth_retrying(error: Exception | None) -> bool:
    if isinstance(error, ResourceException):
        return error.status_code in WORTH_RETRYING
    is_final = isinstance(error, (requests.exceptions.SSLError, requests.Timeout))
    return isinstance(error, requests.ConnectionError) and not is_final


def _silence_loggers() -> None:
    """Keep them quiet even if somebody raises their level later: what they would say holds what was sent."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
        logger.addFilter(_is_a_warning)


def _is_a_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
