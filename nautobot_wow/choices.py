"""The closed sets of the models, each with what a person should know of it and the colour of its badge."""

from __future__ import annotations

from nautobot.apps.choices import ChoiceSet

from .records import Kind


def system_kinds() -> list[tuple[str, str]]:
    """Return slug and name of every kind of system."""
    from .systems.registry import SYSTEM_KINDS  # clients are imported when first needed, not with the models

    return [(kind.slug, kind.name) for kind in SYSTEM_KINDS.values()]


def conflict_kinds() -> list[tuple[str, str]]:
    """Return slug and name of everything that a Conflict can be: what runs dispute, and what the rules find."""
    from .conflicts.registry import RULES  # rules read models, which need this module first

    return [*ConflictKind.CHOICES, *((rule.slug, rule.name) for rule in RULES.values())]


class RecordKind(ChoiceSet):
    """What a Claim is about."""

    CHOICES = tuple((kind.value, kind.value.replace("_", " ")) for kind in Kind)


class Mode(ChoiceSet):
    """What happens to a value that a person changed in Nautobot while the system still says the same."""

    KEEP = "keep"
    RESTORE = "restore"

    CHOICES = (
        (KEEP, "Keep the operator's edit"),
        (RESTORE, "Restore what the system says"),
    )


class DeletePolicy(ChoiceSet):
    """What happens to an object that we created and that its system no longer has."""

    KEEP = "keep"
    RETIRE = "retire"
    DELETE = "delete"

    CHOICES = (
        (KEEP, "Keep, only note since when it is missing"),
        (RETIRE, "Retire (change its status)"),
        (DELETE, "Retire, then delete"),
    )


class RunStatus(ChoiceSet):
    """How the last run of a System ended."""

    NEVER = "never"
    OK = "ok"
    PARTIAL = "partial"
    REFUSED = "refused"
    FAILED = "failed"

    CHOICES = (
        (NEVER, "Never run"),
        (OK, "OK"),
        (PARTIAL, "Partial"),
        (REFUSED, "Refused by a guard"),
        (FAILED, "Failed"),
    )
    CSS_CLASSES = {
        NEVER: "secondary",
        OK: "success",
        PARTIAL: "warning",
        REFUSED: "warning",
        FAILED: "danger",
    }


class PlanState(ChoiceSet):
    """Where a Plan stands; derived, never stored."""

    PENDING = "pending"
    REFUSED = "refused"
    APPLIED = "applied"
    EXPIRED = "expired"

    CHOICES = (
        (PENDING, "Pending"),
        (REFUSED, "Refused by a guard"),
        (APPLIED, "Applied"),
        (EXPIRED, "Expired"),
    )
    CSS_CLASSES = {
        PENDING: "info",
        REFUSED: "warning",
        APPLIED: "success",
        EXPIRED: "secondary",
    }


class Action(ChoiceSet):
    """What a Plan does to one object."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    RENAME = "rename"
    RELEASE = "release"
    MISSING = "missing"
    RETIRE = "retire"
    DELETE = "delete"

    CHOICES = (
        (CREATE, "create"),
        (ADOPT, "adopt"),
        (UPDATE, "update"),
        (RENAME, "rename"),
        (RELEASE, "release"),
        (MISSING, "missing"),
        (RETIRE, "retire"),
        (DELETE, "delete"),
    )
    CSS_CLASSES = {
        CREATE: "success",
        ADOPT: "info",
        UPDATE: "primary",
        RENAME: "primary",
        RELEASE: "secondary",
        MISSING: "secondary",
        RETIRE: "warning",
        DELETE: "danger",
    }


class ConflictKind(ChoiceSet):
    """What sort of disagreement a Conflict is."""

    DUPLICATE_ADDRESS = "duplicate-address"
    ADDRESS_IN_USE = "address-in-use"
    NO_PREFIX = "no-prefix"
    AMBIGUOUS = "ambiguous"
    DISAGREEMENT = "disagreement"
    NAME_CLASH = "name-clash"
    EDITED_BOTH_SIDES = "edited-both-sides"
    GONE_AT_SOURCE = "gone-at-source"
    UNKNOWN_VLAN = "unknown-vlan"
    REUSED_ID = "reused-id"
    TWIN = "twin"
    ADDRESS_MISMATCH = "address-mismatch"
    SEEN_ADDRESS = "seen-address"
    CONTRADICTION = "contradiction"
    QUESTION = "question"
    UNKNOWN_HOST = "unknown-host"

    CHOICES = (
        (DUPLICATE_ADDRESS, "Duplicate address"),
        (ADDRESS_IN_USE, "Address in use"),
        (NO_PREFIX, "No prefix"),
        (AMBIGUOUS, "Ambiguous match"),
        (DISAGREEMENT, "Systems disagree"),
        (NAME_CLASH, "Name clash"),
        (EDITED_BOTH_SIDES, "Edited on both sides"),
        (GONE_AT_SOURCE, "Gone at the source"),
        (UNKNOWN_VLAN, "Unknown VLAN"),
        (REUSED_ID, "Re-used id"),
        (TWIN, "Same identity twice"),
        (ADDRESS_MISMATCH, "Another address than given"),
        (SEEN_ADDRESS, "Written down while somebody has it"),
        (CONTRADICTION, "A source contradicts itself"),
        (QUESTION, "Question to a person"),
        (UNKNOWN_HOST, "Host that nobody knows"),
    )


class Severity(ChoiceSet):
    """How much a Conflict matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    CHOICES = (
        (INFO, "Info"),
        (WARNING, "Warning"),
        (CRITICAL, "Critical"),
    )
    CSS_CLASSES = {
        INFO: "info",
        WARNING: "warning",
        CRITICAL: "danger",
    }


class ConflictState(ChoiceSet):
    """Where a Conflict stands. Acknowledged: a person has seen it and it may stay."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"

    CHOICES = (
        (OPEN, "Open"),
        (ACKNOWLEDGED, "Acknowledged"),
        (RESOLVED, "Resolved"),
    )
    CSS_CLASSES = {
        OPEN: "danger",
        ACKNOWLEDGED: "secondary",
        RESOLVED: "success",
    }


class GuestKind(ChoiceSet):
    """What runs a guest."""

    LXC = "lxc"
    VM = "qemu"

    CHOICES = (
        (LXC, "Container (LXC)"),
        (VM, "Virtual machine"),
    )


class AllocationState(ChoiceSet):
    """Where an address stands that was given out."""

    HELD = "held"
    USED = "used"
    RESTING = "resting"
    RETURNED = "returned"

    CHOICES = (
        (HELD, "Held"),
        (USED, "In use"),
        (RESTING, "Resting"),
        (RETURNED, "Returned"),
    )
    CSS_CLASSES = {
        HELD: "info",
        USED: "success",
        RESTING: "warning",
        RETURNED: "secondary",
    }


class SightingSource(ChoiceSet):
    """How an address was seen."""

    AGENT = "agent"
    ARP = "arp"
    LEASE = "lease"
    STATIC_MAP = "static-map"
    MAC_TABLE = "mac-table"
    NEIGHBOUR = "neighbour"
    BRIDGE = "bridge"
    PROBE = "probe"

    CHOICES = (
        (AGENT, "Guest agent"),
        (ARP, "ARP table"),
        (LEASE, "DHCP lease"),
        (STATIC_MAP, "DHCP static map"),
        (MAC_TABLE, "MAC table"),
        (NEIGHBOUR, "Neighbour"),
        (BRIDGE, "Port of a bridge"),
        (PROBE, "Probe"),
    )


class RequestAction(ChoiceSet):
    """What a GuestRequest asks for."""

    CREATE = "create"
    MOVE = "move"
    DECOMMISSION = "decommission"

    CHOICES = (
        (CREATE, "Create"),
        (MOVE, "Move to another network"),
        (DECOMMISSION, "Decommission"),
    )


class RequestStage(ChoiceSet):
    """How far a GuestRequest is."""

    REQUESTED = "requested"
    WAITING = "waiting"
    ALLOCATED = "allocated"
    CREATING = "creating"
    CREATED = "created"
    VERIFIED = "verified"
    REGISTERED = "registered"
    ACTIVE = "active"
    FAILED = "failed"
    RELEASED = "released"

    FINAL = (ACTIVE, FAILED, RELEASED)
    CHOICES = (
        (REQUESTED, "Requested"),
        (WAITING, "Waiting for approval"),
        (ALLOCATED, "Address allocated"),
        (CREATING, "Being created"),
        (CREATED, "Created"),
        (VERIFIED, "Verified"),
        (REGISTERED, "Registered"),
        (ACTIVE, "Active"),
        (FAILED, "Failed"),
        (RELEASED, "Released"),
    )
    CSS_CLASSES = {ACTIVE: "success", FAILED: "danger", RELEASED: "secondary", WAITING: "warning"}


class StepState(ChoiceSet):
    """What became of a step."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"

    CHOICES = (
        (BEGUN, "Begun"),
        (DONE, "Done"),
        (FAILED, "Failed"),
        (UNDONE, "Undone"),
    )
    CSS_CLASSES = {BEGUN: "info", DONE: "success", FAILED: "danger", UNDONE: "secondary"}


class WaitFor(ChoiceSet):
    """What a guest must show before it counts as created."""

    NOTHING = "nothing"
    ADDRESS = "address"
    SSH = "ssh"
    CLOUD_INIT = "cloud-init"

    CHOICES = (
        (NOTHING, "Nothing"),
        (ADDRESS, "Its address"),
        (SSH, "Its address, and SSH answers"),
        (CLOUD_INIT, "Its address, and cloud-init is done"),
    )


class SnapshotPolicy(ChoiceSet):
    """Which snapshots are taken around the automation, and how long they are kept."""

    NONE = "none"
    DEFAULT = "default"
    STANDARD = "standard"
    PRODUCTION = "production"

    CHOICES = (
        (NONE, "None"),
        (DEFAULT, "Default: before provisioning, kept 24 hours"),
        (STANDARD, "Standard: before (48 hours) and after (7 days)"),
        (PRODUCTION, "Production: before (7 days) and after (30 days)"),
    )
    KEPT_HOURS = {
        NONE: {},
        DEFAULT: {"before": 24},
        STANDARD: {"before": 48, "after": 7 * 24},
        PRODUCTION: {"before": 7 * 24, "after": 30 * 24},
    }


NOT_FOR_HOSTS = ("DHCP", "Load Balancer Pool", "NAT Pool", "Reserved")
"""Roles of ranges whose addresses somebody else gives out, or nobody; not even a profile that names the range does."""
