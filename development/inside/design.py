"""Read the lab's design in this process, as its Job would: for tests, which want the networks and nothing else."""

from __future__ import annotations

from typing import Any

from nautobot.dcim.models import Location

from nautobot_wow.models import System
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.run import Run
from nautobot_wow.systems.source import source_of

from .seed import Planter, plant

HARDWARE = ("hardware.yaml", "device-types/")


def plant_networks(lab: dict[str, Any], user: Any) -> Planter:
    """Make the lab's Systems, read the design of places, networks and offers, and put the other Systems in place."""
    planter = plant(lab)
    design = System.objects.get(kind="site-design")
    for document in design.documents.all():
        if document.path.startswith(HARDWARE):
            document.delete()
    read(design, user)
    System.objects.exclude(pk=design.pk).update(location=Location.objects.get(name="WOW-DC"))
    return planter


def read(system: System, user: Any) -> Run:
    """Read a System and write what differs; raises if anything is refused."""
    kind = system.system_kind
    options = kind.options(**system.options)
    run = Run(System.objects.get(pk=system.pk), kind.read(source_of(system, options), options, frozenset()))
    run.decide()
    run.queue_all()
    written = run.apply(ChangeLog.from_user(user), user=user)
    refused = run.refusals(written)
    assert not refused, refused
    return run
