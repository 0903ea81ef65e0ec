"""Write down a cable that was proposed: one action of a person, never done by itself."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from nautobot.dcim.models import Cable, CableToCableTermination, Interface
from nautobot.extras.models import Status

from ..choices import ConflictState
from ..errors import NotAllowed, Unusable
from ..models import Conflict

CONNECT = "connect"
MISSING_CABLE = "missing-cable"
CONNECTED = "Connected"


def can_connect(conflict: Conflict) -> bool:
    """Tell whether a conflict proposes a cable and is not settled."""
    return conflict.kind == MISSING_CABLE and conflict.state != ConflictState.RESOLVED and len(conflict.involved) >= 2


def connect(conflict: Conflict, user: Any) -> Cable:
    """Return the new cable between the two ports of a conflict, which is resolved with it.

    Raises NotAllowed without the permission to add this cable, and Unusable where there is nothing (or nothing any
    more) to connect.
    """
    if not user.has_perm("dcim.add_cable"):
        raise NotAllowed(f"{user} may not connect ports; ask for the permission add_cable")
    with transaction.atomic():
        conflict = Conflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
        if not can_connect(conflict):
            raise Unusable(f"{conflict.title}: there is no cable to connect, or it is settled already")
        a, b = _free_ports(conflict.involved[:2])
        cable = Cable(termination_a=a, termination_b=b, status=Status.objects.get_for_model(Cable).get(name=CONNECTED))
        try:
            cable.validated_save()
        except ValidationError as error:
            raise Unusable(f"{_named(a)} and {_named(b)}: {' '.join(error.messages)}") from error
        if not Cable.objects.restrict(user, "add").filter(pk=cable.pk).exists():
            raise NotAllowed(f"{user} may not add this cable; ask for the permission add_cable on it")
        conflict.state = ConflictState.RESOLVED
        conflict.validated_save()
    return cable


def _free_ports(keys: list[str]) -> list[Interface]:
    """Return the ports, locked against others who connect them; neither may have a cable."""
    pks = [uuid.UUID(key) for key in keys]
    # In the order of their keys: two who connect the same ports wait for each other instead of for ever.
    rows = Interface.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pks).order_by("pk")
    found = {port.pk: port for port in rows}
    if len(found) != len(pks):
        raise Unusable("One of the two ports is not there any more; check for conflicts again")
    for pk in CableToCableTermination.objects.filter(interface__in=pks).values_list("interface_id", flat=True):
        raise Unusable(f"{_named(found[pk])} has got a cable meanwhile; look at that one first")
    return [found[pk] for pk in pks]


def _named(port: Interface) -> str:
    return f"{port.name} of {port.device}"
