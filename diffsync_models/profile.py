"""A network that a person may ask for a guest on: a NetworkProfile with its ranges."""

from __future__ import annotations

import ipaddress
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from typing_extensions import override

from ..models import NetworkProfile, ProfileRange
from ..records import Kind, ProfileRecord
from .base import KindModel, mine, put
from .view import Current, View, Wanted

PLAIN = (
    "name",
    "description",
    "gateway",
    "gateway6",
    "bridge",
    "vlan_tag",
    "search_domain",
    "is_default",
    "restricted",
)
LISTS = ("dns_servers", "ntp_servers")
NETWORKS = ("prefix__network", "prefix__prefix_length", "prefix6__network", "prefix6__prefix_length")
BLANK = {"gateway": "", "gateway6": "", "vlan_tag": 0}
"""What records say where a column is null."""


class Profile(KindModel):
    """A profile. Its name is its identity, or its prefix to who does not know the name; it outlives who named it."""

    kind = Kind.PROFILE
    orm = NetworkProfile
    sets = frozenset({"ranges"})
    outlives = True

    _modelname = "profile"
    _attributes = (*PLAIN, *LISTS, "prefix", "prefix6", "ranges")
    name: str | None = None
    description: str | None = None
    gateway: str | None = None
    gateway6: str | None = None
    bridge: str | None = None
    vlan_tag: int | None = None
    search_domain: str | None = None
    is_default: bool | None = None
    restricted: bool | None = None
    dns_servers: list[str] | None = None
    ntp_servers: list[str] | None = None
    prefix: str | None = None
    prefix6: str | None = None
    ranges: list[str] | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.PROFILE].values()]  # type: ignore[attr-defined]
        here = NetworkProfile.objects.order_by("name")
        if all(names):  # who leaves names out may mean any
            here = here.filter(mine(view, Kind.PROFILE, name__in=names))
        rows = list(here.values("pk", *PLAIN, *LISTS, *NETWORKS))
        ranges = _ranges([row["pk"] for row in rows], view)
        found = {}
        for row in rows:
            values = {name: BLANK.get(name) if row[name] is None else row[name] for name in (*PLAIN, *LISTS)}
            values |= {"prefix": _network(row, "prefix"), "prefix6": _network(row, "prefix6")}
            found[row["pk"]] = Current(row["pk"], row["name"], values | {"ranges": sorted(ranges.get(row["pk"], ()))})
        return found

    @override
    @classmethod
    def candidates(cls, record: ProfileRecord, view: View) -> list[uuid.UUID]:
        if record.name is not None:
            pk = view.by_natural(Kind.PROFILE).get(record.name)
            return [pk] if pk else []
        here = [row for row in view.current[Kind.PROFILE].values() if row.values["prefix"] == record.prefix]
        return [row.pk for row in sorted(here, key=lambda row: not row.values["is_default"])[:1]]

    @override
    @classmethod
    def want(cls, record: ProfileRecord, view: View) -> Wanted:
        values: dict[str, Any] = {name: getattr(record, name) for name in PLAIN}
        values |= {name: _listed(getattr(record, name)) for name in LISTS}
        ranges = None if record.ranges is None else sorted(record.ranges)
        return Wanted({**values, "prefix": record.prefix, "prefix6": record.prefix6, "ranges": ranges})

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: ProfileRecord, view: View) -> NetworkProfile:
        return NetworkProfile(
            pk=pk,
            name=record.name or record.title or record.prefix,
            enabled=record.name is not None,
            _custom_field_data=view.refs.custom_field_defaults(NetworkProfile),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        given = {name: None if name in BLANK and not value else value for name, value in attrs.items()}
        touched = put(row, given, (*PLAIN, *LISTS))
        for name in ("prefix", "prefix6"):
            if name in attrs:
                setattr(row, f"{name}_id", _prefix(attrs[name], view) if attrs[name] else None)
                touched.add(name)
        return touched

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return str(name or key.partition("/")[2])


def _network(row: dict[str, Any], name: str) -> str:
    network, length = row[f"{name}__network"], row[f"{name}__prefix_length"]
    return f"{network}/{length}" if network else ""


def _listed(value: tuple[str, ...] | None) -> list[str] | None:
    return None if value is None else list(value)


def _prefix(text: str, view: View) -> uuid.UUID:
    """Return the prefix of the System's namespace. Raises ValidationError where there is none."""
    network = ipaddress.ip_network(text)
    asked = (network.version, int(network.network_address), network.prefixlen)
    for known in view.refs.networks:
        if (known.version, known.first, known.length) == asked:
            return known.pk
    raise ValidationError(f"no prefix {text} is in namespace {view.refs.namespace}")


def _ranges(profiles: list[uuid.UUID], view: View) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = {}
    keys = view.key.get(Kind.RANGE, {})
    links = ProfileRange.objects.filter(profile__in=profiles).order_by()
    for profile, one, name in links.values_list("profile_id", "range_id", "range__name") if profiles else ():
        found.setdefault(profile, []).append(keys.get(one, name or str(one)))
    return found
