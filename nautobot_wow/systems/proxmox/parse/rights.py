"""What the token may see, so that what it cannot see is never taken for gone.

Proxmox VE filters its lists by rights and answers 200: a token without rights sees an empty cluster. And the dump of
one's own rights leaves out every path where one has none (pve-access-control, RPCEnvironment.pm,
get_effective_permissions): a NoAccess on one guest is invisible in it. So the access control list is read as well; its
paths say where a right may end. It needs Sys.Audit on /access, which PVEAuditor on / contains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .values import Row, to_flag, to_text

AUDIT_GUESTS = "VM.Audit"
AUDIT_SYSTEM = "Sys.Audit"
SEE_BRIDGES = ("SDN.Audit", "SDN.Use")
SEE_ZONES = ("SDN.Audit", "SDN.Allocate")
# Up to release 8 one right stood for all that concerns the guest agent, and PVEAuditor does not contain it.
ASK_AGENT = {8: ("VM.Monitor",), 9: ("VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted")}
ADVICE = "grant PVEAuditor on / to the user and to the token"
ZONES = "/sdn/zones"
BRIDGES = f"{ZONES}/localnetwork"

# The dump always speaks of these, if there is any right on them.
ALWAYS_DUMPED = frozenset({"/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"})
GUEST_PATH = re.compile(r"/vms/([0-9]+)")


@dataclass(frozen=True)
class Rights:
    """Effective rights by path, with whether they reach below it, and the paths at which rights may end.

    `marked` is None where the token may not read the access control list; then nothing can be said to be complete.
    """

    granted: Mapping[str, Mapping[str, bool]]
    marked: frozenset[str] | None
    denied_pools: frozenset[str] = frozenset()

    def allows(self, path: str, *privileges: str) -> bool:
        """Whether any of the privileges holds at a path, directly or from above."""
        for step in ancestors(path):
            if step in self.granted:
                here = self.granted[step]
                return any(name in here and (step == path or here[name]) for name in privileges)
            if step in ALWAYS_DUMPED or step in (self.marked or ()):
                return False
        return False

    def allows_all_below(self, path: str, *privileges: str) -> bool:
        """Whether any of the privileges holds at a path and reaches every path below it."""
        below = [step for step in self.listed() if step.startswith(f"{path}/")]
        return self.allows(f"{path}/-", *privileges) and all(self.allows(step, *privileges) for step in below)

    def hidden_guests(self) -> frozenset[int]:
        """Return the VMIDs of guests that the token may not see, as far as they are named by a path."""
        named = ((step, GUEST_PATH.fullmatch(step)) for step in self.listed())
        return frozenset(int(match[1]) for step, match in named if match and not self.allows(step, AUDIT_GUESTS))

    def listed(self) -> frozenset[str]:
        """Return every path that rights are given or taken at."""
        return frozenset(self.granted) | (self.marked or frozenset())

    def why_guests_are_incomplete(self) -> str | None:
        """Return what keeps the token from seeing all guests (single hidden ones apart), None if nothing does."""
        if not self.allows("/vms/-", AUDIT_GUESTS):
            return f"the token may not audit all of /vms, so guests may be invisible; {ADVICE}"
        if self.marked is None:
            return f"the token may not read the access control list, so a guest may be hidden from it; {ADVICE}"
        if self.denied_pools:
            pools = ", ".join(sorted(self.denied_pools))
            return f"the token is shut out of {pools}, whose guests are invisible; {ADVICE}"
        return None

    def why_bridges_are_hidden(self) -> str | None:
        """Return why the interfaces of nodes are incomplete, None if they are not."""
        if self.allows_all_below(BRIDGES, *SEE_BRIDGES):
            return None
        return f"bridges are invisible without SDN.Audit on {BRIDGES}; {ADVICE}"

    def why_zones_are_incomplete(self) -> str | None:
        """Return what keeps the token from seeing every zone, vnet and subnet, None if nothing does."""
        if not self.allows_all_below(ZONES, *SEE_ZONES):
            return f"zones, vnets and subnets are invisible without SDN.Audit on {ZONES}; {ADVICE}"
        if self.marked is None:
            return f"the token may not read the access control list, so a zone may be hidden from it; {ADVICE}"
        return None

    def why_members_are_unknown(self) -> str | None:
        """Return why nobody can tell which nodes there are and whether they have a quorum, None if the token can."""
        if self.allows("/", AUDIT_SYSTEM):
            return None
        return f"the members of the cluster and its quorum are unknown without Sys.Audit on /; {ADVICE}"

    def why_parts_are_hidden(self) -> str | None:
        """Return why the hardware of nodes is incomplete, None if it is not."""
        if self.allows("/", AUDIT_SYSTEM) and self.allows_all_below("/nodes", AUDIT_SYSTEM):
            return None
        return f"processors, memory, disks and network adapters are invisible without Sys.Audit on /; {ADVICE}"

    def why_agents_are_silent(self, release: int) -> str | None:
        """Return why the addresses that only a VM itself knows stay unknown, None if they do not."""
        names = ASK_AGENT[8 if release < 9 else 9]
        if self.allows("/vms/-", *names):
            return None
        return f"addresses inside VMs need {names[0]} on /vms; grant a role that contains it to the user and the token"

    def invisible(self, release: int) -> tuple[str, ...]:
        """Return a sentence for each thing that the token cannot see, with what to do about it."""
        hidden = ", ".join(map(str, sorted(self.hidden_guests())))
        reasons = (
            self.why_members_are_unknown(),
            self.why_guests_are_incomplete(),
            f"the guests {hidden} are hidden from the token; {ADVICE}, or take the rule at their path away"
            if hidden
            else None,
            self.why_agents_are_silent(release),
            self.why_bridges_are_hidden(),
            self.why_zones_are_incomplete(),
            self.why_parts_are_hidden(),
        )
        return tuple(reason for reason in reasons if reason)

    def summary(self, release: int) -> str:
        """Return in a sentence or more what the token cannot see."""
        return ". ".join(self.invisible(release)) or "the token sees everything"

    def held_at(self, path: str) -> tuple[str, ...]:
        """Return the privileges that hold at a path, directly or from above, sorted."""
        everywhere = {name for privileges in self.granted.values() for name in privileges}
        return tuple(sorted(name for name in everywhere if self.allows(path, name)))


def ancestors(path: str) -> list[str]:
    """Return a path and everything above it: /a/b, /a, /."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:length]) for length in range(len(parts), -1, -1)]


def may_read_acl(permissions: object) -> bool:
    """Whether the list of all access rules would be answered in full; without the right it is silently filtered."""
    return Rights(granted=_granted(permissions), marked=frozenset()).allows("/access", "Sys.Audit")


def parse_rights(permissions: object, acl: list[object] | None) -> Rights:
    """Return the token's rights from /access/permissions and /access/acl; `acl` is None if it could not be read."""
    granted = _granted(permissions)
    if acl is None:
        return Rights(granted=granted, marked=None)
    rules = [Row("access/acl", rule) for rule in acl]
    marked = frozenset(_normal(rule.text("path")) for rule in rules)
    shut = frozenset(_normal(rule.text("path")) for rule in rules if rule.text("roleid") == "NoAccess")
    pools = frozenset(path for path in shut if path.startswith("/pool/") and path not in granted)
    return Rights(granted=granted, marked=marked, denied_pools=pools)


def _granted(permissions: object) -> dict[str, dict[str, bool]]:
    dump = Row("access/permissions", permissions)
    return {
        _normal(to_text(path, "access/permissions")): {
            name: to_flag(flag, f"access/permissions: {path}: {name}")
            for name, flag in Row(f"access/permissions: {path}", dump.fields[path]).fields.items()
        }
        for path in dump.fields
    }


def _normal(path: str) -> str:
    return ancestors(path)[0]
