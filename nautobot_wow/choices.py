"""The closed sets of the models, each with what a person should know of it and the colour of its badge."""

from __future__ import annotations

from nautobot.apps.choices import ChoiceSet

from .records import Kind


def system_kinds() -> list[tuple[str, str]]:
    """Return slug and name of every kind of system."""
    from .systems.registry import SYSTEM_KINDS  # clients are imported when first needed, not with the models

    return [(kind.slug, kind.name) for kind in SYSTEM_KINDS.values()]


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
