"""The community.proxmox collection of Ansible as its publishers ship it, in an environment of its own, over TLS.

It hears only of the lab: its variables are written here from nothing, and a proxy that nobody serves stands before
everything that is not on the loopback address.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from development.environment import peers_folder

PATIENCE_S = 120
NOWHERE = "http://127.0.0.1:9"  # the discard port
PLUGIN = "community.proxmox.proxmox"


class Proxmox(Protocol):
    """Where a lab listens, and who asks: the lab of these tests, or that of a running stack."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def ca_file(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def token_name(self) -> str: ...
    @property
    def secret(self) -> str: ...


class AnsibleFailed(AssertionError):
    """Ansible ended with an error; the text is its own."""


@dataclass(frozen=True)
class Ansible:
    """Ansible with one folder for all that it writes, and one lab that it may ask; `variables` name what else."""

    folder: Path
    lab: Proxmox
    ca_file: str | None = None
    secret: str | None = None
    options: dict[str, Any] = field(default_factory=lambda: {"want_facts": True})
    variables: dict[str, str] = field(default_factory=dict)

    def inventory(self) -> dict[str, Any]:
        """Return what `ansible-inventory --list` says: groups, and variables of hosts under `_meta`."""
        source = self.folder / "lab.proxmox.yml"
        source.write_text(yaml.safe_dump({"plugin": PLUGIN, "strict": True, **self.options}), encoding="utf-8")
        return dict(json.loads(self._run("inventory", "--list", "-i", str(source)), object_hook=_unwrapped))

    def hosts(self) -> dict[str, dict[str, Any]]:
        """Return the variables of every guest by its name."""
        found = self.inventory()["_meta"]["hostvars"]
        return {name: values for name, values in found.items() if "proxmox_vmid" in values}

    def ask(self, *modules: str, **arguments: Any) -> list[dict[str, Any]]:
        """Return the answers of modules, run one after the other in one play on this machine."""
        tasks = [{f"community.proxmox.{module}": {"validate_certs": True, **arguments}} for module in modules]
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
        book = self.folder / "ask.yml"
        book.write_text(yaml.safe_dump([play]), encoding="utf-8")
        said = json.loads(self._run("playbook", "-i", "localhost,", str(book)))
        return [task["hosts"]["localhost"] for task in said["plays"][0]["tasks"]]

    def play(self, book: Path, **variables: Any) -> list[dict[str, Any]]:
        """Run a playbook as it is on this machine; return what each task says, by its name under "task"."""
        said = json.loads(self._run("playbook", "-i", "localhost,", "-e", json.dumps(variables), str(book)))
        tasks = [task for play in said["plays"] for task in play["tasks"]]
        return [{"task": task["task"]["name"], **task["hosts"]["localhost"]} for task in tasks]

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [peers_folder() / "bin" / "python", "-m", "ansible", program, *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        if done.returncode:
            raise AnsibleFailed(f"{done.stdout}\n{done.stderr}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        home = str(self.folder / "home")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "HOME": home,
            "ANSIBLE_HOME": home,
            "ANSIBLE_LOCAL_TEMP": f"{home}/local",
            "ANSIBLE_REMOTE_TMP": f"{home}/remote",
            "ANSIBLE_CONFIG": str(self._empty("ansible.cfg")),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_INVENTORY_ENABLED": f"{PLUGIN},host_list",
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_PYTHON_INTERPRETER": str(peers_folder() / "bin" / "python"),
            "HTTP_PROXY": NOWHERE,
            "HTTPS_PROXY": NOWHERE,
            "NO_PROXY": self.lab.host,
            "REQUESTS_CA_BUNDLE": self.ca_file or self.lab.ca_file,
            "PROXMOX_URL": self.lab.url,
            "PROXMOX_HOST": self.lab.host,
            "PROXMOX_PORT": str(self.lab.port),
            "PROXMOX_USER": self.lab.user,
            "PROXMOX_TOKEN_ID": self.lab.token_name,
            "PROXMOX_TOKEN_SECRET": self.secret or self.lab.secret,
            **self.variables,
        }

    def _empty(self, name: str) -> Path:
        path = self.folder / name
        path.touch()
        return path


def _unwrapped(value: dict[str, Any]) -> Any:
    """Return a text that Ansible marks as not to be taken for a template; everything else as it is."""
    return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else value
