"""A session with the switch's command line: netmiko's SG300 over a connection whose host key was checked.

Two ways to log in are known, and the switch decides which:

    ip ssh password-auth       SSH asks for the password
    without it                 SSH lets everybody in ("none"), and the shell asks `User Name:` and `Password:`

The switch may then ask whether to change a password that is too old: no. The pager is switched off, and answered where
it asks all the same.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paramiko
from netmiko.channel import SSHChannel
from netmiko.cisco.cisco_s300 import CiscoS300SSH
from netmiko.exceptions import NetmikoBaseException, ReadException, ReadTimeout

from ...errors import AuthenticationError, ParseError, Unreachable
from ..ssh import HostKeys, SshLogin, connected, explained
from .parse.answer import ESCAPE, PAGER

USER = re.compile(r"(?:User ?name|login as) ?: ?$", re.IGNORECASE)
PASSWORD = re.compile(r"password ?: ?$", re.IGNORECASE)
EXPIRED = re.compile(r"maximum lifetime[^#>]*[\]?:)]\s*$", re.IGNORECASE)
PROMPT = re.compile(r"(?:^|[\r\n])(?P<name>[^\s<>#]{1,64})(?P<level>[>#]) ?$")
PAUSE_S = 0.02
GOODBYE_S = 1.0
LONGEST_ANSWER = 8_000_000


class Passwords(paramiko.AuthStrategy):
    """Logs in with a password, or with none where SSH wants none: the shell then asks for it."""

    def __init__(self, login: SshLogin) -> None:
        super().__init__(ssh_config=paramiko.SSHConfig())
        self._login = login

    def get_sources(self) -> Iterator[Any]:
        """Return nothing: what is tried depends on what the switch answered before."""
        return iter(())

    def authenticate(self, transport: paramiko.Transport) -> None:
        """Log in, or raise paramiko's AuthenticationException."""
        try:
            transport.auth_password(self._login.user, self._login.secret.reveal())
        except paramiko.BadAuthenticationType as error:
            if any(error.allowed_types):
                raise
            transport.auth_none(self._login.user)


class Session(CiscoS300SSH):
    """netmiko's SG300 on a connection that somebody else made."""

    def __init__(self, client: paramiko.SSHClient, login: SshLogin) -> None:
        self._client = client
        self._login = login
        self.privilege = 1
        super().__init__(
            host=login.host,
            port=login.port,
            username=login.user,
            password=login.secret.reveal(),  # netmiko keeps it out of its debug log, if it knows it
            conn_timeout=login.timeout_s,
            fast_cli=True,
            disable_lf_normalization=True,  # it makes lines of carriage returns, and the pager is erased with them
        )

    def _open(self) -> None:
        """Open the command line; netmiko would also type returns, and not know which prompt answers which."""
        self.establish_connection()
        self.session_preparation()

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        """Ask the connection that is there for a shell, and answer what the switch asks before its prompt."""
        self.remote_conn_pre = self._client
        self.remote_conn = self._client.invoke_shell(term="vt100", width=width, height=height)
        self.channel = SSHChannel(conn=self.remote_conn, encoding=self.encoding)
        self.special_login_handler()

    def special_login_handler(self, delay_factor: float = 1.0) -> None:
        """Answer the questions before the prompt, each of them once."""
        answered: list[str] = []
        while True:
            text = self._read_until(lambda heard: bool(_question(heard)), "the login")
            question = _question(text)
            if question == "prompt":
                prompt = _prompt(text)
                self.base_prompt, self.privilege = prompt["name"], 15 if prompt["level"] == "#" else 1
                return
            if question in answered:
                raise AuthenticationError(
                    f"{self._login.system}: {self._login.base} refused the password of user {self._login.user!r} in "
                    "its shell; check the secrets group, and that the user may log in"
                )
            answered.append(question)
            self.write_channel(self._reply(question) + self.RETURN)

    def _reply(self, question: str) -> str:
        return {"user": self._login.user, "password": self._login.secret.reveal(), "expired": "N"}[question]

    def session_preparation(self) -> None:
        """Let answers come whole. What a release does not know of these, it says, and that is all."""
        for setting in ("terminal datadump", "terminal width 511", "terminal no prompt"):
            self.ask(setting)

    def ask(self, command: str) -> str:
        """Return the answer to a command, without its echo and the prompt. Raises Unreachable if it does not end."""
        # Only a prompt after the echo ends the answer: one before it belongs to whatever was typed earlier.
        whole = re.compile(
            rf"{re.escape(command)}[ \r]*\n(?P<answer>.*?)(?<![^\r\n]){re.escape(self.base_prompt)}[>#] ?$",
            re.DOTALL,
        )
        self.write_channel(command + self.RETURN)
        heard = self._read_until(lambda heard: heard.rstrip()[-1:] in ("#", ">") and bool(whole.search(heard)), command)
        found = whole.search(heard)
        return found["answer"] if found else ""

    def leave(self) -> None:
        """Log out: a session that is only cut off may count for a while, and there are few."""
        with contextlib.suppress(NetmikoBaseException, OSError):
            self.write_channel("exit" + self.RETURN)
            began = time.monotonic()
            while not self.remote_conn.closed and time.monotonic() - began < GOODBYE_S:
                time.sleep(PAUSE_S)

    def _read_until(self, is_done: Callable[[str], bool], asked: str) -> str:
        """Read until what was heard is complete. What is slow is waited for as long as anything comes at all."""
        heard, turned, last = "", 0, time.monotonic()
        while not is_done(heard):
            new = ESCAPE.sub("", self.read_channel())
            if new:
                heard, last = heard + new, time.monotonic()
                if len(heard) > LONGEST_ANSWER:
                    raise ParseError(f"{self._login.system}: {asked}: the answer does not end")
                if (pages := len(PAGER.findall(heard))) > turned:
                    turned = pages
                    self.write_channel(" ")
            elif self.remote_conn.closed or self.remote_conn.eof_received:
                raise Unreachable(
                    f"{self._login.system}: {self._login.base} closed the session in the middle of {asked!r}. Nothing "
                    "was changed; it allows no more than a few sessions at a time, and ends idle ones"
                )
            elif time.monotonic() - last > self._login.timeout_s:
                raise Unreachable(
                    f"{self._login.system}: {self._login.base} did not finish its answer to {asked!r}: nothing came "
                    f"for {self._login.timeout_s:g} s. Nothing was changed; check the switch, and the time-out of the "
                    "External Integration"
                )
            else:
                time.sleep(PAUSE_S)
        return heard


@contextmanager
def session(login: SshLogin, keys: HostKeys) -> Iterator[Session]:
    """Log in and open the command line; log out when the block ends. Raises our errors, whatever went wrong below."""
    with connected(login, keys, auth_strategy=Passwords(login)) as client, _explained(login):
        opened = Session(client, login)
        try:
            yield opened
            opened.leave()
        finally:
            opened.paramiko_cleanup()


@contextmanager
def _explained(login: SshLogin) -> Iterator[None]:
    """Turn what netmiko raises into our errors; its own texts may hold what was typed."""
    with explained(login):
        try:
            yield
        except (ReadTimeout, ReadException):
            raise Unreachable(f"{login.system}: {login.base} closed the session; nothing was changed") from None
        except NetmikoBaseException as error:
            raise Unreachable(
                f"{login.system}: {login.base} does not answer as a switch ({type(error).__name__})"
            ) from None


def _prompt(text: str) -> re.Match[str]:
    found = PROMPT.search(text)
    assert found is not None
    return found


def _question(text: str) -> str:
    """Return what the switch waits for: a user, a password, a yes or no, a command; empty for nothing yet."""
    if USER.search(text):
        return "user"
    if PASSWORD.search(text):
        return "password"
    if EXPIRED.search(text) and not PROMPT.search(text):
        return "expired"
    return "prompt" if PROMPT.search(text) else ""
