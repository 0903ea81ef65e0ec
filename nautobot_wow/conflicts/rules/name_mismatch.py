"""A machine whose name in DNS is another one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Lower
from nautobot.dcim.models import Device
from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ..estate import LEAVING, Estate, address_ref
from ..rule import Fault, Ref, Rule, Side

SUFFIX = re.compile(r" \([^()]*\)$")
"""What is appended to the later one of two equal names."""


def find(estate: Estate) -> Iterable[Fault]:
    """Find machines whose primary address has a DNS name that does not begin with their name."""
    for model in (Device, VirtualMachine):
        for version in (4, 6):
            yield from _of(estate, model, f"primary_ip{version}")


def _of(estate: Estate, model: Any, primary: str) -> Iterable[Fault]:
    dns = f"{primary}__dns_name"
    label = Func(F(dns), Value("."), Value(1), function="split_part", output_field=CharField())
    rows = model.objects.exclude(status__name=LEAVING).exclude(**{dns: ""}).filter(**{f"{primary}__isnull": False})
    rows = rows.annotate(dns_label=Lower(label)).exclude(dns_label=Lower("name")).exclude(**{dns: Lower("name")})
    values = rows.order_by("name").values_list(
        "pk", "name", f"{primary}_id", f"{primary}__host", f"{primary}__parent_id", dns
    )
    for pk, name, address, host, prefix, dns_name in values:
        if not name or _same(name, dns_name):
            continue
        yield Fault(
            about=Ref(model=model, pk=pk, name=name),
            detail=host,
            involved=(address_ref(address, host),),
            title=f"{name} is called {dns_name} in DNS",
            message=f"The primary address {host} of {name} has the DNS name {dns_name}. Whoever looks for the one "
            "finds the other.",
            sides=(
                Side(source="Nautobot", says=f"{host} belongs to {name}"),
                Side(source="DNS name", says=dns_name),
            ),
            prefix=prefix,
        )


def _same(name: str, dns_name: str) -> bool:
    """Tell whether a name is the same in DNS: without what was appended, and blanks as hyphens."""
    plain = SUFFIX.sub("", name).lower().replace(" ", "-").replace("_", "-")
    dns_name = dns_name.lower().replace("_", "-")
    return plain == dns_name or plain.partition(".")[0] == dns_name.partition(".")[0]


RULE = Rule(
    slug="name-mismatch",
    name="Name and DNS name differ",
    severity=Severity.INFO,
    explanation="The DNS name of a machine's primary address is not the name that the machine has.",
    cure="Correct the DNS name of the address, or the name of the machine. If it is an alias, acknowledge this.",
    action="edit",
    find=find,
)
