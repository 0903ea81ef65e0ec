"""The lab's switch refuses what a real one refuses, and keeps its key and passwords."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from development.lab.client import Lab
from development.lab.sg300.server import ADMIN, READER, Switch
from development.lab.sg300.shell import PAGER

BOX = "cisco-sg300-28"


@pytest.fixture
def switch(lab: Lab) -> Switch:
    found: Switch = lab.side("sg300")
    return found


@contextlib.contextmanager
def connected(switch: Switch, user: str = ADMIN, password: str | None = None) -> Iterator[paramiko.Transport]:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    with contextlib.closing(client):
        client.connect(
            "127.0.0.1",
            port=switch.port,
            username=user,
            password=switch.passwords[user] if password is None else password,
            allow_agent=False,
            look_for_keys=False,
            timeout=10,
        )
        transport = client.get_transport()
        assert transport is not None
        yield transport


class Typist:
    """Somebody at the command line."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._channel = transport.open_session()
        self._channel.get_pty()
        self._channel.invoke_shell()
        self._channel.settimeout(10)

    def until(self, *ends: str) -> str:
        """Return what is shown until it ends in one of these."""
        heard = ""
        while not heard.rstrip(" ").endswith(ends):
            heard += self._channel.recv(4096).decode()
        return heard

    def type(self, text: str, *ends: str) -> str:
        """Type a line, and return what is shown until it ends in one of these."""
        self._channel.sendall(text.encode() + b"\r")
        return self.until(*(ends or (f"{BOX}#", f"{BOX}>")))

    def press(self, key: str, *ends: str) -> str:
        """Press a key."""
        self._channel.sendall(key.encode())
        return self.until(*ends)


@pytest.fixture
def typist(switch: Switch) -> Iterator[Callable[..., Typist]]:
    with contextlib.ExitStack() as stack:

        def start(**how: Any) -> Typist:
            one = Typist(stack.enter_context(connected(switch, **how)))
            one.until(f"{BOX}#", f"{BOX}>")
            return one

        yield start


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("show nonsense", "% Unrecognized command"),
        ("show", "% Incomplete command"),
        ("show interfaces switchport gi99", "% bad parameter value"),
        ("terminal width 3", "% bad parameter value"),
    ],
)
def test_a_bad_command_is_a_percent_error(typist: Callable[..., Typist], command: str, error: str) -> None:
    assert error in typist().type(command)


def test_a_user_who_may_only_look_does_not_know_the_configuration(typist: Callable[..., Typist]) -> None:
    reader = typist(user=READER)
    assert "% Unrecognized command" in reader.type("show running-config")
    assert "SW version" in reader.type("show version")


def test_the_enable_password_gives_privilege_15(typist: Callable[..., Typist], switch: Switch) -> None:
    reader = typist(user=READER)
    reader.type("enable", "Password:")
    assert "% Bad passwords" in reader.type("wrong")
    reader.type("enable", "Password:")
    assert reader.type(switch.enable_password).endswith(f"{BOX}#")
    assert "config-file-header" in reader.type("terminal datadump") + reader.type("show running-config")


def test_it_pages_until_it_is_told_not_to(typist: Callable[..., Typist]) -> None:
    one = typist()
    assert one.type("show interfaces status", PAGER.rstrip()).count("\ngi") < 28
    assert one.press("\r", PAGER.rstrip()).count("gi") == 1
    assert "Po8" not in one.press("q", f"{BOX}#")
    one.type("terminal datadump")
    assert "Po8" in one.type("show interfaces status")


def test_only_old_algorithms_are_spoken_and_the_key_is_signed_with_sha1(switch: Switch) -> None:
    with connected(switch) as transport:
        assert transport.remote_cipher.endswith("-cbc")
        assert transport.remote_mac == "hmac-sha1"
        assert transport.host_key_type == "ssh-rsa"


def test_no_key_logs_in(switch: Switch) -> None:
    transport = paramiko.Transport(("127.0.0.1", switch.port))
    with contextlib.closing(transport):
        transport.start_client(timeout=10)
        with pytest.raises(paramiko.BadAuthenticationType):
            transport.auth_publickey(ADMIN, paramiko.RSAKey.generate(2048))


def test_without_password_authentication_none_is_all_that_ssh_wants(lab: Lab, switch: Switch) -> None:
    lab.change("side", slug="sg300", login="shell")
    transport = paramiko.Transport(("127.0.0.1", switch.port))
    with contextlib.closing(transport):
        transport.start_client(timeout=10)
        assert transport.auth_none(ADMIN) == []
        one = Typist(transport)
        one.until("User Name:")
        one.type(ADMIN, "Password:")
        assert "authentication failed" in one.type("wrong", "User Name:")
        one.type(ADMIN, "Password:")
        shown = one.type(switch.passwords[ADMIN])
        assert "*" in shown
        assert switch.passwords[ADMIN] not in shown


def test_one_session_too_many_is_turned_away(lab: Lab, switch: Switch) -> None:
    lab.change("side", slug="sg300", sessions=2)
    with (
        connected(switch),
        connected(switch),
        pytest.raises((paramiko.SSHException, EOFError, OSError)),
        connected(switch),
    ):
        pass


def test_who_types_nothing_is_logged_out(lab: Lab, switch: Switch) -> None:
    lab.change("side", slug="sg300", idle_s=0.2)
    with connected(switch) as transport:
        Typist(transport).until(f"{BOX}#")
        began = time.monotonic()
        while transport.is_active() and time.monotonic() - began < 10:
            time.sleep(0.05)
        assert not transport.is_active()


def test_key_passwords_and_port_outlive_a_restart(tmp_path: Path) -> None:
    with Lab(folder=tmp_path) as lab:
        before = lab.side("sg300").describe()
        assert (tmp_path / "sg300.json").stat().st_mode & 0o077 == 0
    with Lab(folder=tmp_path) as lab:
        assert lab.side("sg300").describe() == before


def test_the_tables_follow_the_world(lab: Lab, switch: Switch) -> None:
    assert "b8:27:eb:54:00:54" in switch.show.mac_table()
    lab.change("set_box_port", box=BOX, port="gi5", enabled=False)
    assert "b8:27:eb:54:00:54" not in switch.show.mac_table()
    lab.change("reset")
    assert "b8:27:eb:54:00:54" in switch.show.mac_table()
