"""What pages show of addresses: how full a profile is, what a prefix gave out, why an address is not free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from nautobot.extras.models import Job
from nautobot.ipam.models import IPAddress, Prefix

from nautobot_wow.ipam import lifecycle
from nautobot_wow.ipam.usage import usage_of
from nautobot_wow.models import NetworkProfile
from nautobot_wow.ui.start import ALLOCATE_JOB
from tests.ipam.net import APPS, Net

pytestmark = pytest.mark.django_db


@pytest.fixture
def net(db: None) -> Net:
    """The lab's apps network."""
    return Net()


def page(client: Client, row: Any) -> str:
    return str(client.get(row.get_absolute_url()).content.decode())


def test_every_address_of_a_range_is_counted_once(net: Net) -> None:
    net.give("web")
    lifecycle.release(net.give("gone"))
    net.add_address(f"{APPS}.20")
    net.saw(f"{APPS}.20")
    net.saw(f"{APPS}.21")
    (one,) = usage_of(net.profile, net.prefix, timezone.now())
    assert (one.first, one.last, one.size) == (f"{APPS}.10", f"{APPS}.49", 40)
    assert one.counts == {"known": 1, "held": 1, "resting": 1, "seen": 1, "closed": 0, "free": 36}


def test_what_other_ranges_hold_of_a_whole_prefix_is_closed(net: Net) -> None:
    whole = net.add_profile("whole", net.prefix)
    net.add_address(f"{APPS}.150")
    (one,) = usage_of(whole, net.prefix, timezone.now())
    assert one.counts == {"known": 2, "held": 0, "resting": 0, "seen": 0, "closed": 40 + 50 + 21, "free": 141}


def test_the_page_of_a_profile_shows_how_full_it_is_and_what_is_held(admin_client: Client, net: Net) -> None:
    net.give("web-01")
    html = page(admin_client, net.profile)
    assert "39 of 40 free" in html
    assert "progress-stacked" in html
    assert "web-01" in html


def test_the_button_leads_to_the_job_filled_in_for_who_may(person: Callable[..., Client], net: Net) -> None:
    Job.objects.filter(module_name="nautobot_wow.jobs.allocate").update(enabled=True)
    client = person("view", on=(NetworkProfile,))
    person("run", on=(Job,))
    link = f"{reverse('extras:job_run_by_class_path', args=[ALLOCATE_JOB])}?network_profile={net.profile.pk}"
    assert link not in page(client, net.profile)
    person("allocate", on=(NetworkProfile,), constraints={"name": "apps"})
    assert link in page(client, net.profile)
    assert client.get(link).status_code == 200


def test_the_page_of_a_prefix_shows_what_is_given_out_of_it(admin_client: Client, net: Net) -> None:
    net.give("web-01")
    html = page(admin_client, net.prefix)
    assert "GIVEN OUT HERE" in html
    assert "web-01" in html
    assert "GIVEN OUT HERE" not in page(admin_client, net.add_prefix("172.16.110.0/24"))


def test_the_page_of_an_address_says_why(admin_client: Client, person: Callable[..., Client], net: Net) -> None:
    net.saw(f"{APPS}.150", where="ix3")
    address = net.add_address(f"{APPS}.150")
    html = page(admin_client, address)
    assert "ARP table with BC:24:11:00:00:01 on ix3" in html
    assert "would not give it out" in html
    html = page(person("view", on=(IPAddress, Prefix)), address)
    assert "on ix3" not in html
