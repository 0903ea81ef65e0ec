"""Where guests of a restricted network want an approval, no address is taken past it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from nautobot.extras.models import ApprovalWorkflowDefinition

from nautobot_wow.errors import NotAllowed, Unusable
from nautobot_wow.models import GuestRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def restricted(net: Any) -> Any:
    prefix = net.add_prefix("172.16.110.0/24")
    span = net.add_range("172.16.110.10", "172.16.110.49", "management")
    return net.add_profile("proxmox-mgmt", prefix, span, restricted=True)


def define(**constraints: Any) -> None:
    ApprovalWorkflowDefinition.objects.create(
        name="Two persons",
        model_content_type=ContentType.objects.get_for_model(GuestRequest),
        model_constraints=constraints,
        weight=1,
    )


def test_without_a_workflow_a_justification_is_enough(net: Any, restricted: Any) -> None:
    with pytest.raises(Unusable, match="justification"):
        net.give("backup", restricted)
    assert net.give("backup", restricted, justification="It reaches the hypervisors").host == "172.16.110.10"


@pytest.mark.parametrize(
    "constraints",
    [
        {},
        {"profile__restricted": True},
        {"profile__name": "proxmox-mgmt"},
        {"action": "create"},
        {"profile__nosuch": 1},
    ],
)
def test_with_a_workflow_a_justification_does_not_replace_it(net: Any, restricted: Any, constraints: Any) -> None:
    define(**constraints)
    with pytest.raises(NotAllowed, match="approval workflow Two persons: ask for the guest"):
        net.give("backup", restricted, justification="It reaches the hypervisors")


def test_a_workflow_for_another_network_does_not_count(net: Any, restricted: Any) -> None:
    define(profile__name="somewhere else")
    assert net.give("backup", restricted, justification="It reaches the hypervisors").host


def test_an_open_network_wants_no_approval_for_an_address(net: Any) -> None:
    define()
    assert net.give("web").host


def test_a_guest_request_which_has_its_own_approval_gets_its_address(net: Any, restricted: Any) -> None:
    define()
    given = net.give("guest", restricted, justification="Approved", approved=True)
    assert given.host == "172.16.110.10"
