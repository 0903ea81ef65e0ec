"""The shell of a plain user on pfSense, tcsh, as far as single commands go; and the tools it finds.

What another shell would take for syntax means something else here, and mostly the end of the command:

    2>/dev/null       2 is a word for the command, and only its output is thrown away
    for x in …        for: Command not found.
    "!word"           word: Event not found.
    *.leases          No match., unless a file matches
    $NAME             NAME: Undefined variable.
"""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from development.lab.pfsense import tables
from development.lab.pfsense.files import Files
from development.lab.pfsense.view import View

EVENT = re.compile(r"!([^\s=(\"']+)")
REDIRECTED = re.compile(r"\s*>\s*/dev/null\b")
VARIABLE = re.compile(r"\$(\w+)")
SUDO = ("sudo", "/usr/local/bin/sudo")
CAN_SUDO = ("/bin/cat", "/bin/ls")


@dataclass(frozen=True)
class Result:
    """What a command printed, complained, and how it ended."""

    out: bytes = b""
    complaint: str = ""
    status: int = 0


def _failed(complaint: str, status: int = 1) -> Result:
    return Result(complaint=complaint + "\n", status=status)


class Shell:
    """Runs one line of a plain user."""

    def __init__(self, view: View, files: Files) -> None:
        self._view = view
        self._files = files

    def run(self, line: str) -> Result:
        """Return the result of a line; a shell that is not tcsh is none of ours."""
        if match := EVENT.search(line):
            return _failed(f"{match[1]}: Event not found.")
        if match := VARIABLE.search(line):
            return _failed(f"{match[1]}: Undefined variable.")
        hidden = REDIRECTED.search(line)
        try:
            words = shlex.split(REDIRECTED.sub("", line).replace("2>", " 2 >"))
        except ValueError:
            return _failed("Unmatched '\"'.")
        if any(word in (";", "|", "&&", "||", "&") or word.endswith(";") for word in words):
            return _failed("the lab runs one command on a channel", 2)
        expanded = self._globbed(words)
        if expanded is None:
            return _failed(f"{words[0] if words else ''}: No match.")
        result = self._command(expanded, root=False)
        return Result(b"", result.complaint, result.status) if hidden else result

    def _globbed(self, words: list[str]) -> list[str] | None:
        found: list[str] = []
        for word in words:
            if not set(word) & set("*?["):
                found.append(word)
                continue
            matches = fnmatch.filter(self._files.all(), word)
            if not matches:
                return None
            found += sorted(matches)
        return found

    def _command(self, words: list[str], *, root: bool) -> Result:
        if not words:
            return Result()
        if words[0] in SUDO:
            return self._sudo(words)
        name = words[0].rpartition("/")[2]
        tool = TOOLS.get(name)
        if tool is None or words[0] not in (name, f"{PLACES[name]}/{name}"):
            return _failed(f"{words[0]}: Command not found.")
        return tool(self, words[1:], root)

    def _sudo(self, words: list[str]) -> Result:
        if self._view.settings["sudo"] is None:
            return _failed(f"{words[0]}: Command not found.")
        rest = [word for word in words[1:] if word != "-n"]
        if not self._view.settings["sudo"] or not rest or rest[0] not in CAN_SUDO:
            return _failed("sudo: a password is required")
        return self._command(rest, root=True)

    # -- tools

    def _cat(self, words: list[str], root: bool) -> Result:
        out, complaints = b"", []
        for path in words:
            text = self._files.all().get(path)
            if not self._files.may_read(path, root):
                complaints.append(f"cat: {path}: Permission denied")
            elif text is None:
                complaints.append(f"cat: {path}: No such file or directory")
            else:
                out += text.encode()
        if any("/kea" in path for path in words) and self._view.settings["renames"] > self._files.renames:
            self._files.renames += 1
        return Result(out, "".join(f"{line}\n" for line in complaints), 1 if complaints else 0)

    def _ls(self, words: list[str], root: bool) -> Result:
        options = "".join(word[1:] for word in words if word.startswith("-"))
        lines = []
        for path in (word for word in words if not word.startswith("-")):
            if not self._files.may_read(path, root):
                return _failed(f"ls: {path}: Permission denied")
            names = self._files.listing(path)
            if names is None:
                return _failed(f"ls: {path}: No such file or directory")
            lines += [f"{number} {name}" if "i" in options else name for name, number in names.items()]
        return Result("".join(f"{line}\n" for line in lines).encode())

    def _ifconfig(self, words: list[str], root: bool) -> Result:
        if words != ["-a"]:
            return _failed(f"ifconfig: interface {words[0] if words else ''} does not exist")
        return Result(tables.ifconfig(self._view).encode())

    def _arp(self, words: list[str], root: bool) -> Result:
        if words != ["-an"]:
            return _failed("usage: arp [-n] [-i interface] hostname")
        return Result(tables.arp(self._view).encode())

    def _netstat(self, words: list[str], root: bool) -> Result:
        if words != ["-rn"]:
            return _failed("netstat: illegal option")
        return Result(tables.netstat(self._view).encode())

    def _date(self, words: list[str], root: bool) -> Result:
        if words != ["+%s"]:
            return _failed("date: illegal time format")
        return Result(f"{self._view.now()}\n".encode())

    def _kenv(self, words: list[str], root: bool) -> Result:
        names = {"smbios.system.serial": self._view.box.serial, "smbios.system.product": self._view.box.model}
        wanted = names.get(words[-1], "") if words else ""
        return Result(f"{wanted}\n".encode()) if wanted else Result(status=1)


TOOLS: dict[str, Callable[[Shell, list[str], bool], Result]] = {
    "cat": Shell._cat,
    "ls": Shell._ls,
    "ifconfig": Shell._ifconfig,
    "arp": Shell._arp,
    "netstat": Shell._netstat,
    "date": Shell._date,
    "kenv": Shell._kenv,
}
PLACES = {
    "cat": "/bin",
    "ls": "/bin",
    "ifconfig": "/sbin",
    "arp": "/usr/sbin",
    "netstat": "/usr/bin",
    "date": "/bin",
    "kenv": "/bin",
}
