"""SSH: a host key is checked before anything is sent, and every failure says who, what, and what to do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nautobot_wow.errors import AuthenticationError, ConfigurationError, Unreachable
from nautobot_wow.systems import ssh
from nautobot_wow.systems.connection import Connection, Secret

PASSWORD = "correct-horse-battery"
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
USER_KEY = asyncssh.generate_private_key("ssh-ed25519")
TIMEOUT_S = 10.0


class Server(asyncssh.SSHServer):
    attempts: list[str] = []  # noqa: RUF012  (what was tried, for one test at a time)

    def begin_auth(self, username: str) -> bool:
        self.attempts.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == PASSWORD

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        return bool(key == USER_KEY.convert_to_public())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """An SSH server in a thread of its own."""
    loop = asyncio.new_event_loop()
    started: Any = asyncio.run_coroutine_threadsafe
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> Any:
        return await asyncssh.create_server(Server, "127.0.0.1", 0, server_host_keys=[HOST_KEY])

    server = started(listen(), loop).result(10)
    yield server.get_port()

    async def close() -> None:
        server.close()
        await server.wait_closed()

    started(close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def login(port: int, **values: Any) -> tuple[ssh.SshLogin, Connection]:
    given_values = {"username": "nautobot", "secret": Secret(PASSWORD), "timeout_s": TIMEOUT_S, **values}
    connection = Connection(system="wow-pfsense", url=f"ssh://127.0.0.1:{port}", **given_values)
    return ssh.login_of(connection), connection


def try_to(port: int, options: ssh.SshOptions, **values: Any) -> ssh.HostKeys:
    who, connection = login(port, **values)
    keys = ssh.HostKeys.of(connection, options)
    with ssh.connected(who, keys) as client:
        assert client.get_transport().is_authenticated()
    return keys


def public_line(key: Any) -> str:
    return str(key.export_public_key().decode()).strip()


PINNED = ssh.SshOptions(host_key=public_line(HOST_KEY))


def test_a_password_logs_in_where_the_host_key_is_pinned(port: int) -> None:
    try_to(port, PINNED)


def test_a_fingerprint_pins_as_well(port: int) -> None:
    try_to(port, ssh.SshOptions(host_key=HOST_KEY.get_fingerprint()))


def test_a_private_key_logs_in_also_with_the_line_ends_of_a_form(port: int) -> None:
    text = USER_KEY.export_private_key().decode().replace("\n", "\r\n").strip()
    try_to(port, PINNED, secret=Secret(""), key=Secret(text))


def test_a_private_key_with_a_passphrase_logs_in(port: int) -> None:
    text = USER_KEY.export_private_key(passphrase="opens it").decode()
    try_to(port, PINNED, secret=Secret("opens it"), key=Secret(text))


def test_a_private_key_without_its_passphrase_is_a_sentence(port: int) -> None:
    text = USER_KEY.export_private_key(passphrase="opens it").decode()
    with pytest.raises(ConfigurationError, match="wants a passphrase; add it to the secrets group as the password"):
        try_to(port, PINNED, secret=Secret(""), key=Secret(text))


def test_what_is_no_private_key_is_a_sentence_that_shows_none_of_it(port: int) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        try_to(port, PINNED, secret=Secret(""), key=Secret("-----BEGIN nonsense c2VjcmV0"))
    assert "c2VjcmV0" not in str(caught.value)


def test_an_unknown_host_key_is_refused_before_anything_is_sent(port: int) -> None:
    Server.attempts.clear()
    with pytest.raises(ssh.HostKeyRefused, match=r"is not known; it shows SHA256:\S+ \(ssh-ed25519\)") as caught:
        try_to(port, ssh.SshOptions())
    assert HOST_KEY.get_fingerprint().rstrip("=") in str(caught.value)
    assert Server.attempts == []


def test_another_host_key_is_refused_before_anything_is_sent_whatever_the_policy(port: int) -> None:
    Server.attempts.clear()
    other = public_line(asyncssh.generate_private_key("ssh-ed25519"))
    for policy in ("known", "first-use"):
        options = ssh.SshOptions.model_validate({"host_key": other, "host_key_policy": policy})
        with pytest.raises(ssh.HostKeyRefused, match="and SHA256:.+ is known"):
            try_to(port, options)
    assert Server.attempts == []


def test_first_use_accepts_and_remembers_and_then_refuses_another(port: int) -> None:
    first = ssh.SshOptions(host_key_policy="first-use")
    learned = try_to(port, first).learned
    assert learned == {ssh.HOST_KEY: public_line(HOST_KEY)}
    assert try_to(port, first, learned=learned).learned == {}
    other = {ssh.HOST_KEY: public_line(asyncssh.generate_private_key("ssh-ed25519"))}
    with pytest.raises(ssh.HostKeyRefused):
        try_to(port, first, learned=other)


def test_a_wrong_password_is_an_authentication_error_that_does_not_show_it(port: int) -> None:
    with pytest.raises(AuthenticationError, match="refused the password of user 'nautobot'") as caught:
        try_to(port, PINNED, secret=Secret("wrong-horse"))
    assert "wrong-horse" not in str(caught.value)


def test_a_wrong_key_is_an_authentication_error(port: int) -> None:
    text = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(AuthenticationError, match="refused the key of user 'nautobot'"):
        try_to(port, PINNED, secret=Secret(""), key=Secret(text))


def test_a_way_to_log_in_that_the_box_does_not_take_is_named_with_those_it_takes(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "password_auth_supported", lambda self: False)
    with pytest.raises(AuthenticationError, match="log in with a password; it takes publickey"):
        try_to(port, PINNED)


def test_a_login_that_is_never_answered_is_unreachable_and_not_a_refusal(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: Server, username: str, password: str) -> bool:
        await asyncio.sleep(5)
        return True

    monkeypatch.setattr(Server, "validate_password", never)
    with pytest.raises(Unreachable, match="did not answer the login within 1 s"):
        try_to(port, PINNED, timeout_s=1.0)


@contextlib.contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """A socket that accepts one connection and says this; None keeps silent until the end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                one, _ = server.accept()
                if answer is None:
                    kept.append(one)
                else:
                    one.sendall(answer)
                    one.close()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        for one in kept:
            one.close()


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with pytest.raises(Unreachable, match=r"ssh://127\.0\.0\.1:\d+ cannot be reached \(Connection refused\)"):
        try_to(free, PINNED)


def test_silence_is_unreachable_after_the_time_out() -> None:
    with listening(None) as silent, pytest.raises(Unreachable):
        try_to(silent, PINNED, timeout_s=0.5)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.7\r\n", b"\xff" * 300]
)
def test_what_is_not_ssh_or_hangs_up_is_unreachable(answer: bytes) -> None:
    with listening(answer) as other, pytest.raises(Unreachable):
        try_to(other, PINNED, timeout_s=2.0)


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    connection = Connection(
        system="wow-pfsense", url="ssh://nowhere.invalid", username="nautobot", secret=Secret("x"), timeout_s=2.0
    )
    with pytest.raises(Unreachable), ssh.connected(ssh.login_of(connection), ssh.HostKeys((), accepts_first=True)):
        pass


@pytest.mark.parametrize(
    "url", ["", "https://fw", "ssh://", "ssh://fw:0", "ssh://fw:99999", "ssh://me:pw@fw", "ssh://fw/path", "ssh://[::1"]
)
def test_a_url_that_is_no_ssh_endpoint_is_refused_with_how_to_write_it(url: str) -> None:
    connection = Connection(system="wow-pfsense", url=url, username="nautobot", secret=Secret("x"))
    with pytest.raises(ConfigurationError, match="write the URL as ssh://host:port") as caught:
        ssh.login_of(connection)
    assert "pw" not in str(caught.value)


def test_the_default_port_and_an_ipv6_address_are_understood() -> None:
    connection = Connection(system="wow-pfsense", url="ssh://[2001:db8::1]", username="nautobot", secret=Secret("x"))
    assert ssh.login_of(connection).base == "ssh://[2001:db8::1]:22"


@given(st.text(max_size=120))
def test_any_text_is_a_pinned_key_or_a_refused_option(text: str) -> None:
    try:
        options = ssh.SshOptions(host_key=text)
    except ValidationError:
        return
    for line in options.host_key.splitlines():
        assert ssh.fingerprint_of(line).startswith("SHA256:")
