"""librouteros, made strict: text stays text, no byte is lost, and an answer has an end and a size.

The library decodes words as it was told and drops what does not fit, turns "7", "yes" and "no" into other types
wherever they stand, and waits anew for every byte. So the library is told that words are Latin-1, which loses nothing,
and what they really are is found out here; values are taken as they stand; and a whole answer has one deadline.
"""

from __future__ import annotations

import hashlib
import logging
import socket
import ssl
import time
from typing import Any

from librouteros import create_transport
from librouteros.api import Api
from librouteros.connections import SocketTransport
from librouteros.exceptions import ConnectionClosed, MultiTrapError, ProtocolError, TrapError
from librouteros.protocol import ApiProtocol

from .login import RouterLogin

LOSSLESS = "latin-1"
FALLBACK = "windows-1252"  # what older WinBox writes; RouterOS keeps the bytes that it is given
MAX_WORD_BYTES = 1024 * 1024
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_WORDS = 1024
REPLIES = ("!re", "!trap", "!empty", "!done")
ANONYMOUS = "ADH:AECDH:@SECLEVEL=0"

logging.getLogger("librouteros").setLevel(logging.WARNING)  # at DEBUG it writes every word, the password as well
logging.getLogger("librouteros").addFilter(lambda record: record.levelno >= logging.WARNING)

Attributes = dict[str, str]


class AnswerTooLarge(ProtocolError):
    """More than any router has to say."""


class Bounded(SocketTransport):
    """Reads until a deadline, and no more than an answer can have."""

    def __init__(self, sock: socket.socket, timeout_s: float) -> None:
        super().__init__(sock)
        self._timeout_s = timeout_s
        self.begin()

    def begin(self) -> None:
        """Begin a new question: its answer has the whole time."""
        self._deadline = time.monotonic() + self._timeout_s
        self._left = MAX_ANSWER_BYTES

    def read(self, length: int) -> bytes:
        """Return so many bytes, or raise TimeoutError, ConnectionClosed or AnswerTooLarge."""
        self._left -= length
        if length > MAX_WORD_BYTES or self._left < 0:
            raise AnswerTooLarge(f"a word of {length} bytes")
        data = bytearray()
        while len(data) < length:
            remaining = self._deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError("the answer took too long")
            self.sock.settimeout(remaining)
            got = self.sock.recv(length - len(data))
            if not got:
                raise ConnectionClosed("the router closed the connection")
            data += got
        return bytes(data)


class TextApi(Api):
    """Rows with every value as the text that it is."""

    def ask(self, command: str, *words: str) -> list[Attributes]:
        """Return the rows of an answer, or raise TrapError or MultiTrapError: then there are none."""
        self.protocol.transport.begin()
        self.protocol.writeSentence(*(_lossless(word) for word in (command, *words)))
        rows, traps, reply = [], [], ""
        while reply != "!done":
            reply, attributes = self._sentence()
            if reply == "!trap":
                traps.append(TrapError(message=attributes.get("message", "an error without a text")))
            elif reply == "!re" or (reply == "!done" and attributes):
                rows.append(attributes)
        if len(traps) > 1:
            raise MultiTrapError(*traps)
        if traps:
            raise traps[0]
        return rows

    def _sentence(self) -> tuple[str, Attributes]:
        reply, words = self.protocol.readSentence()
        if reply not in REPLIES:
            raise ProtocolError(f"{text_of(reply)[:40]!r} is no reply")
        if len(words) > MAX_WORDS:
            raise AnswerTooLarge(f"a row of {len(words)} words")
        pairs = [_attribute(text_of(word)) for word in words if not word.startswith(".tag=")]
        if len(dict(pairs)) != len(pairs):
            raise ProtocolError("a row says one attribute twice")
        return reply, dict(pairs)


def _attribute(word: str) -> tuple[str, str]:
    if not word.startswith("=") or "=" not in word[1:]:
        raise ProtocolError(f"{word[:40]!r} is no attribute")
    key, _, value = word[1:].partition("=")
    return key, value


def _lossless(word: str) -> str:
    return word.encode().decode(LOSSLESS)


def text_of(word: str) -> str:
    """Return what a word says: UTF-8, or else what WinBox on Windows writes."""
    raw = word.encode(LOSSLESS)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(FALLBACK, errors="replace")


def api_of(login: RouterLogin) -> TextApi:
    """Return a connection to the router; nobody is logged in yet."""
    transport = create_transport(
        login.host,
        port=login.port,
        saddr=None,
        timeout=login.timeout_s,
        ssl_wrapper=(lambda sock: _wrapped(sock, login)) if login.tls else None,
    )
    return TextApi(ApiProtocol(Bounded(transport.sock, login.timeout_s), LOSSLESS))


def _wrapped(sock: socket.socket, login: RouterLogin) -> socket.socket:
    try:
        return _context(login).wrap_socket(sock, server_hostname=login.host)
    except BaseException:
        sock.close()
        raise


def _context(login: RouterLogin) -> ssl.SSLContext:
    """Return what TLS has to be like. A router without certificate only has key exchanges without one."""
    if login.anonymous:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 has no anonymous key exchange
        context.set_ciphers(ANONYMOUS)
        return context
    context = ssl.create_default_context(cafile=login.ca_file)
    if not login.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def log_in(api: TextApi, user: str, password: str) -> None:
    """Log in as since release 6.43; an older router answers that with a challenge, and gets its response."""
    answer: list[Any] = api.ask("/login", f"=name={user}", f"=password={password}")
    challenge = answer[0].get("ret") if answer else None
    if challenge is not None:
        api.ask("/login", f"=name={user}", f"=response={_response(challenge, password)}")


def _response(challenge: str, password: str) -> str:
    try:
        salt = bytes.fromhex(challenge)
    except ValueError:
        raise ProtocolError("the challenge of the login cannot be read") from None
    digest = hashlib.md5(b"\0" + password.encode() + salt, usedforsecurity=False)
    return f"00{digest.hexdigest()}"
