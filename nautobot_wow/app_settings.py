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
    "protect_ranges": ConstanceConfigItem(
        default=True,
        help_text="Whether people are kept from writing an address into a DHCP, NAT, load balancer or reserved range, "
        "and prefixes or ranges over existing ranges.",
        field_type=bool,
    ),
}


def sightings_count_for() -> timedelta:
    """Return how long a sighting is evidence."""
    return timedelta(days=int(get_app_settings_or_config(APP, "sighting_days", fallback=14)))


def ranges_are_protected() -> bool:
    """Tell whether what people write is checked against ranges."""
    return bool(get_app_settings_or_config(APP, "protect_ranges", fallback=True))
