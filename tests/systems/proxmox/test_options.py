"""What an operator may set on a Proxmox VE, and how a mistake in it is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from nautobot_wow.systems.provisioner import House
from nautobot_wow.systems.proxmox import ProxmoxOptions


def test_guests_get_no_pool_and_no_tags_unless_the_options_say_so() -> None:
    assert ProxmoxOptions().house() == House()
    assert ProxmoxOptions(pool="", guest_tags=[]).house() == House()


def test_pool_and_tags_of_the_options_are_those_of_every_new_guest() -> None:
    options = ProxmoxOptions(pool="lab/web", guest_tags=["Web", "nautobot", "web"])
    assert options.house() == House(pool="lab/web", tags=("nautobot", "web"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pool", "a pool"),
        ("pool", "a/b/c/d"),
        ("pool", "a\n"),
        ("guest_tags", ["two words"]),
        ("guest_tags", ["a;b"]),
        ("guest_tags", [""]),
        ("guest_tags", "web"),
    ],
)
def test_what_proxmox_would_not_take_is_refused_at_once(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        ProxmoxOptions.model_validate({field: value})
