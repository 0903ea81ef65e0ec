"""The API service of the lab's switch: TLS with a certificate, TLS without one, and plain TCP; one session each.

A router has one of the first two. The lab has both at once, on ports of their own.
"""

from __future__ import annotations

import asyncio
import base64
import math
import secrets
import ssl
from pathlib import Path
from typing import Any

from development.lab.certificates import certificates_in
from development.lab.files import read_json, write_json, write_private
from development.lab.routeros.faults import Fault
from development.lab.routeros.session import Session
from development.lab.routeros.tables import Tables
from development.lab.steered import Steered
from development.lab.world import World

SLUG = "routeros"
BOX = "wow-10gb-mik-sw"
READER, BLIND = "nautobot", "backup"
KEPT_FILE = "kept.json"
DEFAULTS: dict[str, Any] = {"refuses": False, "chunk": 0}
EXTRA_BITS = 64


class Router(Steered):
    """The switch as an API server on the loopback address; a `SideServer`. `asked` are the commands that came."""

    slug = SLUG
    defaults = DEFAULTS
    fault_kind = Fault

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__()
        self._folder = folder / SLUG
        self._kept = read_json(self._folder / KEPT_FILE)
        self._certificates = certificates_in(folder / "tls")
        self.passwords: dict[str, str] = self._kept.get("passwords") or {
            user: secrets.token_urlsafe(18) for user in (READER, BLIND)
        }
        self.tables = Tables(world, BOX)
        self.port = 0
        self.plain_port = self._kept.get("plain_port", 0)
        self.anonymous_port = self._kept.get("anonymous_port", 0)
        self._servers: list[asyncio.Server] = []
        self._sessions: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; `port` is the real one from here on, and so are the other two."""
        self.port = await self._listen(self.port, self._certificates.server_context())
        self.plain_port = await self._listen_somewhere(self.plain_port, None)
        self.anonymous_port = await self._listen_somewhere(self.anonymous_port, _anonymous(self._folder))
        ports = {"plain_port": self.plain_port, "anonymous_port": self.anonymous_port}
        write_json(self._folder / KEPT_FILE, {"passwords": self.passwords, **ports})

    async def _listen_somewhere(self, port: int, context: ssl.SSLContext | None) -> int:
        """Listen on the port of the last time, or on a free one where that is taken."""
        try:
            return await self._listen(port, context)
        except OSError:
            return await self._listen(0, context)

    async def _listen(self, port: int, context: ssl.SSLContext | None) -> int:
        server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=context)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, and end the sessions."""
        for server in self._servers:
            server.close()
        for task in list(self._sessions):
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    def describe(self) -> dict[str, Any]:
        """Return where it is and how to log in; `blind` is a user who may log in and read nothing."""
        return {
            "url": f"https://127.0.0.1:{self.port}",
            "plain_url": f"http://127.0.0.1:{self.plain_port}",
            "anonymous_url": f"https://127.0.0.1:{self.anonymous_port}",
            "ca_file": str(self._certificates.ca_file.resolve()),
            "username": READER,
            "password": self.passwords[READER],
            "blind": BLIND,
            "blind_password": self.passwords[BLIND],
        }

    def may_read(self, user: str) -> bool:
        """Tell whether a user's group has the policy `read`."""
        return user == READER

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            if not self.settings["refuses"]:
                await Session(self, reader, writer).run()
        except asyncio.CancelledError:
            pass
        finally:
            self._sessions.discard(task)
            writer.transport.abort() if self.settings["refuses"] else writer.close()


def _anonymous(folder: Path) -> ssl.SSLContext:
    """Return TLS as of a service without a certificate: only key exchanges that need none."""
    path = folder / "dh.pem"
    if not path.exists():
        write_private(path, _pem(_ffdhe2048(), 2))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ADH:@SECLEVEL=0")
    context.load_dh_params(str(path))
    return context


def _pem(prime: int, generator: int) -> bytes:
    """Return the parameters as PKCS #3 writes them: a sequence of two integers."""
    body = _integer(prime) + _integer(generator)
    text = base64.encodebytes(_element(0x30, body)).decode()
    return f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n".encode()


def _integer(value: int) -> bytes:
    return _element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _element(tag: int, body: bytes) -> bytes:
    size = len(body)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + body


def _ffdhe2048() -> int:
    """Return the prime of RFC 7919, appendix A.1: 2^2048 - 2^1984 + (floor(2^1918 e) + 560316) 2^64 - 1."""
    bits = 1918 + EXTRA_BITS
    euler = sum((1 << bits) // math.factorial(number) for number in range(400)) >> EXTRA_BITS
    return int(2**2048 - 2**1984 + (euler + 560316) * 2**64 - 1)
