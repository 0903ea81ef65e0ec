"""A network of some size of which a part is taken, written in one statement each; the same every time."""

from __future__ import annotations

import ipaddress
from typing import Any

NETWORK = "10.64.0.0"
PROFILE = "measured"
TAKEN = "taken before"
PACKED, SPREAD = "packed", "spread"
"""Everything from the beginning is taken; or one of so many, all over the network."""

INSERT = """
insert into ipam_ipaddress (id, created, last_updated, _custom_field_data, host, mask_length, dns_name, description,
                            status_id, ip_version, parent_id, type)
select gen_random_uuid(), now(), now(), '{{}}', substring(int8send(n) from 5), %(length)s, '', %(taken)s,
       %(status)s, 4, %(parent)s, 'host'
  from generate_series(%(first)s::bigint, %(last)s::bigint) with ordinality as hosts (n, position)
 order by {order}
 limit %(count)s
"""
ORDER = {PACKED: "position", SPREAD: "md5(n::text)"}


def make(length: int, fill: int, layout: str = SPREAD) -> Any:
    """Make the network anew with `fill` percent of its hosts taken; return its profile."""
    from nautobot.extras.models import Status
    from nautobot.ipam.models import Namespace, Prefix

    from nautobot_wow.models import NetworkProfile

    clear()
    active = Status.objects.get(name="Active")
    prefix = Prefix(prefix=f"{NETWORK}/{length}", namespace=Namespace.objects.get(name="Global"), status=active)
    prefix.validated_save()
    profile = NetworkProfile(name=PROFILE, prefix=prefix, bridge="vmbr0")
    profile.validated_save()
    _fill(prefix, active, fill, layout)
    return profile


def _fill(prefix: Any, status: Any, fill: int, layout: str) -> None:
    from django.db import connection

    hosts = hosts_of(prefix.prefix_length)
    first = int(ipaddress.ip_address(NETWORK)) + 1
    values = {"length": prefix.prefix_length, "taken": TAKEN, "status": status.pk, "parent": prefix.pk}
    values |= {"first": first, "last": first + hosts - 1, "count": hosts * fill // 100}
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(order=ORDER[layout]), values)
    settle()


def settle() -> None:
    """Let the database count and tidy up, as autovacuum does within a minute; not within a transaction."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


def hosts_of(length: int) -> int:
    """Return how many hosts a network of IPv4 can have."""
    return 2 ** (32 - length) - 2


def clear() -> None:
    """Take the network away, with everything in it."""
    from nautobot.ipam.models import Prefix

    from nautobot_wow.models import AllocationCursor, NetworkProfile

    empty()
    _taken().filter(description=TAKEN)._raw_delete("default")
    AllocationCursor.objects.all().delete()
    NetworkProfile.objects.filter(name=PROFILE).delete()
    Prefix.objects.filter(network=NETWORK).delete()


def empty() -> None:
    """Take everything away that was given out; what was taken before stays."""
    from nautobot.extras.models import TaggedItem

    from nautobot_wow.models import Allocation

    given = _taken().exclude(description=TAKEN)
    TaggedItem.objects.filter(object_id__in=list(given.values_list("pk", flat=True)))._raw_delete("default")
    Allocation.objects.all()._raw_delete("default")
    given._raw_delete("default")


def _taken() -> Any:
    from nautobot.ipam.models import IPAddress, Prefix

    here = Prefix.objects.filter(network=NETWORK).values("pk")
    return IPAddress.objects.order_by().filter(parent__in=list(here.values_list("pk", flat=True)))


def given() -> list[str]:
    """Return every address that was given out, once for each record of it."""
    return list(_taken().exclude(description=TAKEN).values_list("host", flat=True))


def free(length: int) -> int:
    """Return how many hosts of the network have no address in Nautobot."""
    return hosts_of(length) - int(_taken().values("host").distinct().count())


def taken_twice() -> int:
    """Return how many addresses of the network are in Nautobot more than once."""
    from django.db.models import Count

    return int(_taken().values("host").annotate(times=Count("pk")).filter(times__gt=1).count())
