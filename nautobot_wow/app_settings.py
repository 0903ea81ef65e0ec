"""What an administrator may set for the whole app: in Nautobot's configuration pages, or fixed in PLUGINS_CONFIG."""

from __future__ import annotations

from datetime import timedelta

from nautobot.apps import ConstanceConfigItem
from nautobot.apps.config import get_app_settings_or_config

APP = "nautobot_wow"

CONSTANCE = {
    "sighting_days": ConstanceConfigItem(
        default=14,
        help_text="For how many days an address that was seen on the network is not given out. "
        "A machine that is switched on now and then is seen within two weeks.",
        field_type=int,
    ),
    "sighting_keep_days": ConstanceConfigItem(
        default=365,
        help_text="For how many days after it was last seen a sighting is kept, so that one can ask who had an address "
        "then. The Job 'Forget old sightings' deletes older ones; what counts as evidence it keeps in any case.",
        field_type=int,
    ),
    "protect_ranges": ConstanceConfigItem(
        default=True,
        help_text="Whether people are kept from writing an address into a DHCP, NAT, load balancer or reserved range, "
        "and prefixes or ranges over existing ranges.",
        field_type=bool,
    ),
    "conflict_rules": ConstanceConfigItem(
        default={},
        help_text="Rules of the conflict ledger that are switched off or count more or less than they would, as a JSON "
        'object: {"name-mismatch": "off", "no-gateway": "critical"}. The names and severities of all rules are in the '
        "documentation of conflicts.",
        field_type="optional_json_field",
    ),
}


def sightings_count_for() -> timedelta:
    """Return how long a sighting is evidence."""
    return timedelta(days=int(get_app_settings_or_config(APP, "sighting_days", fallback=14)))


def sightings_kept_for() -> timedelta:
    """Return how long a sighting is kept after it was last seen."""
    return timedelta(days=int(get_app_settings_or_config(APP, "sighting_keep_days", fallback=365)))


def ranges_are_protected() -> bool:
    """Tell whether what people write is checked against ranges."""
    return bool(get_app_settings_or_config(APP, "protect_ranges", fallback=True))


def rule_choices() -> tuple[dict[str, str], list[str]]:
    """Return what was chosen for rules of the ledger, "off" or a severity, and sentences on what cannot be used."""
    from .choices import Severity
    from .conflicts.registry import RULES

    chosen = get_app_settings_or_config(APP, "conflict_rules", fallback={}) or {}
    if not isinstance(chosen, dict):
        return {}, ["conflict_rules is not a JSON object; every rule is asked as it comes"]
    answers = ("off", *Severity.values())
    notes = [f"conflict_rules: there is no rule {slug}" for slug in sorted(set(chosen) - set(RULES))]
    notes += [
        f"conflict_rules: {slug} is {chosen[slug]!r}; expected one of {', '.join(answers)}"
        for slug in sorted(set(chosen) & set(RULES))
        if chosen[slug] not in answers
    ]
    return {slug: value for slug, value in chosen.items() if slug in RULES and value in answers}, notes
