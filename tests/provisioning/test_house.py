"""What a System puts on every guest that is created on it: a pool and tags."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.errors import Unusable
from nautobot_wow.models import GuestRequest
from nautobot_wow.provisioning import ask, queue
from tests.provisioning.shop import FAST

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("what", ["debian", "ubuntu"], ids=["container", "vm"])
def test_a_guest_is_created_in_the_pool_and_with_the_tags_of_its_system(shop: Any, what: str) -> None:
    shop.set(options={"pool": "infrastructure", "guest_tags": ["Managed", "ip-first"]})
    request = shop.create("web1", image=getattr(shop, what))
    assert request.stage == "active"
    there = shop.there(request.vmid)
    assert (there.pool, there.record["tags"]) == ("infrastructure", "ip-first;managed")
    run, _ = shop.sync()
    assert run.changes == []


def test_without_these_options_a_guest_has_neither(shop: Any) -> None:
    there = shop.there(shop.create("web1").vmid)
    assert (there.pool, there.record.get("tags", "")) == (None, "")


def test_a_dry_run_shows_both(shop: Any) -> None:
    shop.set(options={"pool": "infrastructure", "guest_tags": ["managed"]})
    shown = ask.preview(shop.want("web1"))
    assert (shown["parameters"]["pool"], shown["parameters"]["tags"]) == ("infrastructure", ("managed",))
    assert shown["problems"] == []


def test_a_pool_that_is_not_there_is_refused_before_anything_is_touched(shop: Any) -> None:
    shop.set(options={"pool": "attic"})
    before = shop.traces()
    with pytest.raises(Unusable, match="There is no pool attic, or the token may not see it"):
        queue.run(ask.submit(shop.want("web1")), shop.user, **FAST)
    assert GuestRequest.objects.get().stage == "failed"
    assert shop.traces() == before
