"""One session: the login in the shell, the prompt, the pager, and the errors of the command line."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import asyncssh

from development.lab.sg300.faults import GARBAGE, Fault, with_event
from development.lab.sg300.show import COMMANDS, PER_PORT, PRIVILEGED, Show

if TYPE_CHECKING:
    from development.lab.sg300.server import Switch

PAGE = 22
PAGER = "More: <space>,  Quit: q or CTRL+Z, One line: <return> "
EXPIRED = "Your password has exceeded the maximum lifetime. Would you like to change it now? (Y/N)[N] "
TRIES = 3
SETTINGS = re.compile(r"terminal (?P<what>datadump|width \d+|no prompt|history.*)|no terminal datadump")
FEWEST_WIDTH = 24


class Gone(Exception):
    """The session is over."""


class Terminal:
    """The wire of a session, character by character: what is typed is echoed, a password as asterisks."""

    def __init__(self, process: asyncssh.SSHServerProcess[str], idle_s: float) -> None:
        self._process = process
        self._idle_s = idle_s
        self._after_return = False

    async def write(self, text: str) -> None:
        """Send text; a line ends with carriage return and line feed."""
        try:
            self._process.stdout.write(text.replace("\r\n", "\n").replace("\n", "\r\n"))
            await self._process.stdout.drain()
        except (BrokenPipeError, ConnectionError, asyncssh.Error):
            raise Gone from None

    async def key(self) -> str:
        """Return what is typed next. Raises Gone when nobody types any more."""
        while True:
            try:
                typed = await asyncio.wait_for(self._process.stdin.read(1), self._idle_s)
            except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived):
                continue
            except (TimeoutError, asyncio.TimeoutError, asyncssh.Error, ConnectionError):
                raise Gone from None
            if not typed:
                raise Gone
            if typed == "\n" and self._after_return:
                self._after_return = False
                continue
            self._after_return = typed == "\r"
            return "\n" if typed == "\r" else typed

    async def line(self, prompt: str, *, hidden: bool = False) -> str:
        """Ask, and return the line that is typed."""
        await self.write(prompt)
        typed = ""
        while (key := await self.key()) != "\n":
            if key in "\x08\x7f":
                typed = typed[:-1]
            elif key.isprintable():
                typed += key
                await self.write("*" if hidden else key)
        await self.write("\n")
        return typed

    def hang_up(self) -> None:
        """Close the connection without a word."""
        self._process.channel.get_connection().abort()


class Shell:
    """A session of one user with the switch."""

    def __init__(self, switch: Switch, terminal: Terminal, user: str, asks_in_shell: bool) -> None:
        self._switch = switch
        self._terminal = terminal
        self._user = user
        self._asks_in_shell = asks_in_shell
        self._privilege = 0
        self._pages = True

    async def run(self) -> None:
        """Serve until the user leaves."""
        if self._asks_in_shell:
            await self._log_in()
        self._privilege = self._switch.privilege_of(self._user)
        if self._switch.expired:
            answer = await self._terminal.line(f"\n{EXPIRED}")
            if answer.strip().upper() not in ("", "N"):
                await self._terminal.write("Password change is not offered in the lab\n")
        await self._terminal.write("\n")
        while True:
            command = " ".join((await self._terminal.line(self.prompt)).split())
            if command in ("exit", "logout", "quit"):
                return
            if command:
                await self._answer(command)

    @property
    def prompt(self) -> str:
        """Return the prompt: # for privilege 15, > for less."""
        return f"{self._switch.show.box.name}{'#' if self._privilege == 15 else '>'}"

    async def _log_in(self) -> None:
        for _ in range(TRIES):
            user = await self._terminal.line("\n\n\nUser Name:")
            password = await self._terminal.line("Password:", hidden=True)
            if self._switch.admits(user, password):
                self._user = user
                return
            await self._terminal.write("authentication failed\n")
        raise Gone

    async def _answer(self, command: str) -> None:
        self._switch.asked.append(command)
        if found := SETTINGS.fullmatch(command):
            await self._set(found)
        elif command == "enable":
            await self._enable()
        else:
            await self._print(self._text_of(command), self._switch.faults.take(command))

    async def _set(self, found: re.Match[str]) -> None:
        what = found["what"] or ""
        if what == "datadump":
            self._pages = False
        elif found[0].startswith("no "):
            self._pages = True
        elif what.startswith("width") and 0 < int(what.split()[1]) < FEWEST_WIDTH:
            await self._terminal.write("% bad parameter value\n")

    async def _enable(self) -> None:
        if self._privilege == 15:
            return
        password = await self._terminal.line("Password:", hidden=True)
        if self._switch.enables(password):
            self._privilege = 15
        else:
            await self._terminal.write("% Bad passwords\n")

    def _text_of(self, command: str) -> str:
        show = self._switch.show
        if command in show.no_commands:
            return UNRECOGNIZED
        if command in COMMANDS:
            return COMMANDS[command](show)
        if command in PRIVILEGED and self._privilege == 15:
            return PRIVILEGED[command](show)
        if command.startswith(PER_PORT):
            return _of_port(show, command[len(PER_PORT) :])
        known = [name for name in {**COMMANDS, **PRIVILEGED} if name.startswith(f"{command} ") or name == command]
        return "% Incomplete command\n" if known and self._privilege == 15 else UNRECOGNIZED

    async def _print(self, text: str, fault: Fault | None) -> None:
        action = fault.action if fault else ""
        half = text[: len(text) // 2]
        if action == "silent":
            await self._forever()
        if action in ("half", "drop"):
            await self._terminal.write(half)
            if action == "drop":
                await asyncio.sleep(0.05)
                self._terminal.hang_up()
                raise Gone
            await self._forever()
        if fault and action == "slow":
            await self._drip(text, fault.seconds)
            return
        changed: dict[str, str] = {
            "cut": f"{half}\n",
            "garbage": GARBAGE,
            "error": f"{fault.text if fault else ''}\n",
            "unknown": UNRECOGNIZED,
            "log": with_event(text),
        }
        text = changed.get(action, text)
        if self._pages or action == "pager":
            await self._page(text)
        else:
            await self._terminal.write(text)

    async def _page(self, text: str) -> None:
        """Print a page at a time; the question of the pager is written over with blanks when it goes on."""
        lines = text.splitlines(keepends=True)
        room = PAGE
        while lines:
            await self._terminal.write("".join(lines[:room]))
            lines = lines[room:]
            if not lines:
                return
            await self._terminal.write(PAGER)
            key = await self._terminal.key()
            while key not in " \nq\x1a":
                key = await self._terminal.key()
            await self._terminal.write("\r" + " " * len(PAGER) + "\r")
            if key in "q\x1a":
                return
            room = 1 if key == "\n" else PAGE

    async def _drip(self, text: str, seconds: float) -> None:
        for start in range(0, len(text), 64):
            await self._terminal.write(text[start : start + 64])
            await asyncio.sleep(seconds)

    async def _forever(self) -> Any:
        while True:
            await self._terminal.key()


UNRECOGNIZED = "% Unrecognized command\n"


def _of_port(show: Show, typed: str) -> str:
    name = typed.replace(" ", "")
    if name in show.box.ports or name in show.channels:
        return show.switchport(name)
    return "% bad parameter value\n"
