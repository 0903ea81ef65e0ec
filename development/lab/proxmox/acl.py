"""Who may do what where: roles on paths, as Proxmox VE works them out.

inheritance   a row holds for its path and, if it propagates, for everything below it
override      rows of a deeper path replace those above it; NoAccess there takes everything away
pools         a guest or storage in a pool also gets what its pool's path allows
tokens        with privilege separation a token may do what its user AND its own rows allow (the intersection);
              without it, what its user may do
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from development.lab.proxmox.roles import ADMINISTRATOR, BUILT_IN, NEWEST, NO_ACCESS, known

ROOT = "root@pam"
BASE_PATHS = ("/", "/access", "/access/groups", "/mapping", "/nodes", "/pool", "/sdn", "/storage", "/vms")

# Privilege -> whether it was granted with propagation.
Privileges = dict[str, bool]


@dataclass(frozen=True)
class Row:
    """One line of the access control list; `who` is a user or a token id."""

    path: str
    who: str
    role: str
    propagate: bool = True


@dataclass
class Acl:
    """The access control list with the roles it names and the tokens it separates."""

    rows: list[Row] = field(default_factory=list)
    roles: dict[str, frozenset[str]] = field(default_factory=lambda: dict(BUILT_IN))
    separated: dict[str, bool] = field(default_factory=dict)
    _memo: dict[tuple[str, str, tuple[str, ...], int], Privileges] = field(default_factory=dict)

    def replace(self, rows: Iterable[Row]) -> None:
        """Put `rows` in the place of all rows there were."""
        self.rows = list(rows)
        self._memo.clear()

    def separate(self, token: str, privsep: bool) -> None:
        """Register a token, with or without privilege separation."""
        self.separated[token] = privsep
        self._memo.clear()

    def privileges(self, who: str, path: str, pools: tuple[str, ...] = (), major: int = NEWEST) -> Privileges:
        """Return what `who` may do at `path` on a node of that release; `pools` are those of the object there."""
        key = (who, path, pools, major)
        if key not in self._memo:
            self._memo[key] = self._privileges(who, path, pools, major)
        return self._memo[key]

    def known_paths(self) -> list[str]:
        """Return the paths that GET /access/permissions talks about, sorted."""
        return sorted({*BASE_PATHS, *(row.path for row in self.rows)})

    def _privileges(self, who: str, path: str, pools: tuple[str, ...], major: int) -> Privileges:
        user, _, token = who.partition("!")
        users = self._own(user, path, pools, major)
        if not token or not self.separated.get(who, True):
            return users
        own = self._own(who, path, pools, major)
        return {name: deep and users[name] for name, deep in own.items() if name in users}

    def _own(self, who: str, path: str, pools: tuple[str, ...], major: int) -> Privileges:
        if who == ROOT:
            return dict.fromkeys(known(ADMINISTRATOR, major), True)
        roles = self._roles_at(who, path)
        for pool in pools:
            roles = {**self._roles_at(who, f"/pool/{pool}"), **roles}
        if NO_ACCESS in roles:
            return {}
        granted: Privileges = {}
        for role, deep in roles.items():
            for name in known(self.roles.get(role, frozenset()), major):
                granted[name] = granted.get(name, False) or deep
        return granted

    def _roles_at(self, who: str, path: str) -> Mapping[str, bool]:
        roles: dict[str, bool] = {}
        for step in _steps(path):
            here = {
                row.role: row.propagate
                for row in self.rows
                if row.who == who and row.path == step and (row.propagate or step == path)
            }
            roles = here or roles
        return roles


def _steps(path: str) -> list[str]:
    """Return the path's ancestors from "/" down to itself."""
    parts = [part for part in path.split("/") if part]
    return ["/", *("/" + "/".join(parts[: count + 1]) for count in range(len(parts)))]
