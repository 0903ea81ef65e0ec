"""Give an address out, so that nobody else gets it and nobody already has it.

    lock the prefix ─► the same key again? give the same ─► first free address ─► IPAddress "Reserved" + Allocation
                                                                   ▲                          │ committed
                                                                   └── keep what was seen ◄── does somebody answer?

One short transaction, committed before anything outside is called. The prefix is locked FOR NO KEY UPDATE: plain FOR
UPDATE deadlocks with Nautobot's own inserts, whose foreign keys want to share that row at their commit. Writers that do
not lock (the pages, the stock endpoint) can still take the address between our look and our insert; then the unique
constraint stops us, and we look again.
"""

from __future__ import annotations

import ipaddress
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from nautobot.extras.models import Status, Tag, TaggedItem
from nautobot.ipam.models import IPAddress, Prefix

from ..choices import AllocationState, SightingSource
from ..errors import KeyInUse, NotAllowed, Unavailable, Unusable
from ..models import Allocation, AllocationCursor, NetworkProfile
from ..snapshot import Seen
from . import lifecycle, probe, sightings, witness
from .approval import workflow_for
from .evidence import SEEN, Ground
from .ours import written_by_us
from .stretch import Stretch, drawn, steps, text_of, without

ATTEMPTS = 8
PROBED = 5
"""So many addresses in a row are asked for signs of life before the network is said to need a sync."""
PAUSE_S = 0.02
NAMED = 5
LARGE = 1024
"""A stretch of more addresses is not read as a whole to find one that is free."""
NEAR = 256
LOTS = (256, 2048)
"""So many addresses are drawn by lot, should all near the cursor be taken. Of a network that is 95 % full, 256 draws
miss every free address in 2 of a million cases, however they lie; of one that is 99.8 % full, 2,304 miss in one of 100.
"""
GIVEN = (AllocationState.HELD, AllocationState.USED)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked for. `key` names the request: the same key gets the same address. `host` asks for a certain one.

    `approved` says that it is for a guest request, which has its own approval where a workflow is defined.
    """

    profile: NetworkProfile
    key: str
    family: int = 4
    host: str = ""
    purpose: str = ""
    justification: str = ""
    dns_name: str = ""
    user: Any = None
    hold: timedelta | None = None
    approved: bool = False


@dataclass
class Passed:
    """How many addresses were considered, and why each was passed over."""

    considered: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[str]] = field(default_factory=dict)

    def over(self, reason: str, number: int, version: int, count: int = 1) -> None:
        """Count addresses that were passed over for a reason, starting with `number`."""
        self.considered += count
        self.reasons[reason] += count
        named = self.first.setdefault(reason, [])
        if len(named) < NAMED:
            last = f"-{text_of(number + count - 1, version)}" if count > 1 else ""
            named.append(f"{text_of(number, version)}{last}")

    def as_data(self) -> dict[str, Any]:
        """Return it for REST and logs."""
        rows = [
            {"reason": reason, "count": count, "first": self.first[reason]}
            for reason, count in self.reasons.most_common()
        ]
        return {"considered": self.considered, "passed_over": rows}


def allocate(ask: Ask) -> tuple[Allocation, bool]:
    """Return the allocation, and whether it is new (False: this key had it before).

    Raises Unusable (what was asked makes no sense), NotAllowed (it wants an approval), KeyInUse (the key names another
    request), Unavailable (nothing is free, or the wanted address is not; with what stands in the way).
    """
    _check(ask)
    answered: list[str] = []
    while len(answered) < PROBED:
        given, is_new = _commit(ask)
        how = probe.answers(given.host) if is_new and ask.profile.probe else ""
        if not how:
            return given, is_new
        _take_back(given, how)
        answered.append(f"{given.host} ({how})")
    raise Unavailable(
        f"{ask.profile.name}: somebody answers on {', '.join(answered)}, which nobody has told Nautobot of; sync the "
        "Systems of that network, or look who is there",
        {"answered": answered},
    )


def _take_back(given: Allocation, how: str) -> None:
    """Forget what was given on an address that turns out to be somebody's, and remember that it is."""
    with transaction.atomic():
        seen = Seen(host=str(given.host), source=SightingSource.PROBE, where=how)
        sightings.record([seen], namespace=given.namespace, seen_by="nautobot-wow", now=timezone.now())
        lifecycle.forget(given)


def _commit(ask: Ask) -> tuple[Allocation, bool]:
    """Give an address out in one transaction; whoever was quicker makes us look again."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _allocate(ask, timezone.now())
        except (IntegrityError, ValidationError) as error:
            if not _was_taken(error) or attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE_S * (attempt + 1) * random.uniform(0.5, 1.5))  # noqa: S311  (spreads load only)
    raise AssertionError("the last attempt returns or raises")


def _check(ask: Ask) -> None:
    profile = ask.profile
    if not ask.key.strip():
        raise Unusable("key: a request needs a key of its own, so that asking twice does not give two addresses")
    if not profile.enabled:
        raise Unusable(f"profile: {profile} is not enabled")
    if ask.family not in (4, 6):
        raise Unusable(f"family: {ask.family} is neither 4 nor 6")
    if ask.family == 6 and profile.prefix6_id is None:
        raise Unusable(f"family: {profile} has no IPv6 prefix")
    workflow = "" if ask.approved else workflow_for(profile)
    if workflow:
        raise NotAllowed(
            f"{profile} is restricted, and guests on it go through the approval workflow {workflow}: ask for the guest "
            "(a guest request), not for an address"
        )
    if profile.restricted and not ask.justification.strip():
        raise Unusable(f"justification: {profile} is restricted; say why an address is needed there")
    if ask.host:
        _check_host(ask)
    _check_texts(ask)


def _check_texts(ask: Ask) -> None:
    for name in ("key", "purpose"):
        longest = Allocation._meta.get_field(name).max_length
        if len(getattr(ask, name)) > longest:
            raise Unusable(f"{name}: this is longer than {longest} characters")
    try:
        IPAddress._meta.get_field("dns_name").clean(ask.dns_name, None)
    except ValidationError as error:
        raise Unusable(f"dns_name: {' '.join(error.messages)}") from None


def _check_host(ask: Ask) -> None:
    prefix = ask.profile.prefix if ask.family == 4 else ask.profile.prefix6
    try:
        address = ipaddress.ip_address(ask.host)
    except ValueError:
        raise Unusable(f"host: {ask.host!r} is not an address") from None
    if address not in ipaddress.ip_network(str(prefix.prefix)):
        raise Unusable(f"host: {ask.host} is not in {prefix.prefix} of {ask.profile}")


def _was_taken(error: Exception) -> bool:
    """Tell whether somebody else was quicker; anything else is no reason to try again."""
    return isinstance(error, IntegrityError) or "already exists" in str(error)


def preview(ask: Ask) -> tuple[str, bool]:
    """Return the address that would be given, and whether it would be new; nothing is written. Raises as `allocate`."""
    _check(ask)
    with transaction.atomic():
        prefix, before = _lock(ask)
        now = timezone.now()
        is_given = before is not None and before.state in GIVEN
        host = _same_again(ask, before, now).host if is_given else _host(ask, prefix, before, now)
        transaction.set_rollback(True)
        return host, not is_given


def _allocate(ask: Ask, now: datetime) -> tuple[Allocation, bool]:
    prefix, before = _lock(ask)
    if before is not None and before.state in GIVEN:
        return _same_again(ask, before, now), False
    host = _host(ask, prefix, before, now)
    if before is not None and (before.host, before.namespace_id) != (host, prefix.namespace_id):
        _set_aside(before)
        before = None
    return _give(ask, prefix, host, before, now), True


def _lock(ask: Ask) -> tuple[Any, Any]:
    """Return the prefix and what the key had before, if anything; nobody else gives out of the prefix meanwhile."""
    pk = ask.profile.prefix_id if ask.family == 4 else ask.profile.prefix6_id
    prefix = Prefix.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    return prefix, Allocation.objects.select_for_update().filter(key=ask.key).first()


def _host(ask: Ask, prefix: Any, before: Allocation | None, now: datetime) -> str:
    ground = Ground(profile=ask.profile, prefix=prefix, now=now, mine=before)
    return text_of(_wanted(ask, ground, before), ground.version)


def _set_aside(before: Allocation) -> None:
    """Let what the key had before go on without it: its address may still rest, and somebody may ask who had it."""
    suffix = f" until {before.released.isoformat()}"
    longest = Allocation._meta.get_field("key").max_length
    before.key = f"{before.key[: longest - len(suffix)]}{suffix}"
    before.save()


def _same_again(ask: Ask, before: Allocation, now: datetime) -> Allocation:
    """Return what the key has; a hold that has run out, and that nobody has swept yet, is held anew."""
    if before.profile_id != ask.profile.pk or before.ip_version != ask.family or not _is(ask.host, before.host):
        raise KeyInUse(
            f"key: {ask.key!r} already names {before.host} of {before.profile}; use another key for another request"
        )
    if before.is_overdue(now):
        before.expires = now + _hold(ask)
        before.save()
    return before


def _is(wanted: str, host: str) -> bool:
    """Tell whether an address is the wanted one, however it is written; any is where none is wanted."""
    return not wanted or ipaddress.ip_address(wanted) == ipaddress.ip_address(host)


def _hold(ask: Ask) -> timedelta:
    return ask.hold if ask.hold is not None else timedelta(minutes=ask.profile.hold_minutes)


def _wanted(ask: Ask, ground: Ground, before: Allocation | None) -> int:
    """Return the address to give: the one asked for, the one the key had before if it is still free, or the first."""
    if ask.host:
        number = int(ipaddress.ip_address(ask.host))
        reason = why_not(ground, number)
        if reason:
            passed = Passed()
            passed.over(reason, number, ground.version)
            seen = witness.of(ground, passed.first.get(SEEN, ()), ask.user)
            text = f"{ask.host} cannot be given out: {reason}{witness.told(seen)}"
            raise Unavailable(text, {**passed.as_data(), **seen})
        return number
    if before is not None and before.ip_version == ask.family and before.profile_id == ask.profile.pk:
        number = int(ipaddress.ip_address(before.host))
        if not why_not(ground, number):
            return number
    return first_free(ground, ask.user)


def why_not(ground: Ground, number: int) -> str:
    """Return why an address cannot be given out, or ""."""
    if not any(one.first <= number <= one.last for one in ground.open):
        return "outside of what the profile gives out"
    closed = ground.closed_at(number)
    if closed is not None:
        return closed.why
    return ground.taken(number, number).get(number, "")


def first_free(ground: Ground, user: Any = None) -> int:
    """Return the first free address at or after where the last search ended; raise Unavailable if there is none.

    In a large stretch that is full around there, it is one of those found by lot: what that costs depends neither on
    how large the network is nor on how its addresses lie. Only when that finds none is every address looked at, so that
    nobody is ever told that a network is full that is not.
    """
    passed = Passed()
    for stretch in ground.open:
        cursor = _cursor(ground, stretch)
        start = int(ipaddress.ip_address(cursor.next))
        number = _found_cheaply(ground, stretch, start) if stretch.size > LARGE else None
        for first, last in ((start, stretch.last), (stretch.first, start - 1)):
            number = _search(ground, first, last, passed) if number is None else number
        if number is not None:
            _advance(cursor, number, ground.version)
            return number
    name = ground.profile.name
    raise Unavailable(
        f"{name}: no address of {ground.prefix.prefix} is free ({passed.considered} considered); "
        "give the profile another range, or give back what is not needed",
        {**passed.as_data(), **witness.of(ground, passed.first.get(SEEN, ()), user)},
    )


def _found_cheaply(ground: Ground, stretch: Stretch, start: int) -> int | None:
    """Return a free address near the cursor or by lot; None says nothing: only that a closer look is needed."""
    number, left = None, NEAR
    for piece in without(Stretch(min(start, stretch.last), stretch.last), ground.closed):
        number = _look(ground, piece.first, min(piece.last, piece.first + left - 1), Passed()) if left else None
        left = max(0, left - piece.size)
        if number is not None:
            return number
    pieces = without(stretch, ground.closed)
    for count in LOTS:
        numbers = drawn(pieces, count)
        free = numbers - ground.taken_of(numbers).keys()
        if free:
            return min(free)
    return None


def _search(ground: Ground, first: int, last: int, passed: Passed) -> int | None:
    """Return the first free address of a stretch; what is closed is stepped over, however large it is."""
    position = first
    for one in [*(one for one in ground.closed if one.meets(Stretch(first, last)))] if first <= last else ():
        found = _look(ground, position, min(one.first - 1, last), passed)
        if found is not None:
            return found
        start, end = max(one.first, position), min(one.last, last)
        if start <= end:
            passed.over(one.why, start, ground.version, end - start + 1)
            position = end + 1
    return _look(ground, position, last, passed)


def _look(ground: Ground, first: int, last: int, passed: Passed) -> int | None:
    for start, end in steps(first, last):
        taken = ground.taken(start, end)
        for number in range(start, end + 1):
            if number not in taken:
                return number
            passed.over(taken[number], number, ground.version)
    return None


def _cursor(ground: Ground, stretch: Stretch) -> AllocationCursor:
    first, last = text_of(stretch.first, ground.version), text_of(stretch.last, ground.version)
    key = {"prefix": ground.prefix, "first": first, "last": last}
    cursor: AllocationCursor = AllocationCursor.objects.get_or_create(**key, defaults={"next": first})[0]
    return cursor


def _advance(cursor: AllocationCursor, number: int, version: int) -> None:
    """Start the next search behind what was found; the addresses before it are looked at when the end is reached."""
    following = text_of(number + 1, version)
    if int(ipaddress.ip_address(following)) > int(ipaddress.ip_address(cursor.last)):
        following = cursor.first
    AllocationCursor.objects.filter(pk=cursor.pk).update(next=following)


def _tag(address: IPAddress) -> None:
    """Tag an address before it is saved, so that the change log writes it down once, with its tag.

    `tags.add` afterwards has it written down a second time: a third of all that a request does while others wait.
    """
    kind = ContentType.objects.get_for_model(IPAddress)
    tag = Tag.objects.get(name="reserved")
    TaggedItem.objects.bulk_create([TaggedItem(tag=tag, content_type=kind, object_id=address.pk)])


def _give(ask: Ask, prefix: Any, host: str, before: Allocation | None, now: datetime) -> Allocation:
    address = IPAddress(
        host=host,
        mask_length=prefix.prefix_length,
        namespace=prefix.namespace,
        status=Status.objects.get(name="Reserved"),
        dns_name=ask.dns_name,
        description=lifecycle.description_of(ask.purpose, ask.key),
    )
    _tag(address)
    with written_by_us():
        address.validated_save()
    values = {
        "profile": ask.profile,
        "namespace": prefix.namespace,
        "host": host,
        "ip_version": prefix.ip_version,
        "mask_length": prefix.prefix_length,
        "address": address,
        "state": AllocationState.HELD,
        "purpose": ask.purpose,
        "justification": ask.justification,
        "requested_by": ask.user,
        "expires": now + _hold(ask),
        "released": None,
        "rests_until": None,
    }
    given = before or Allocation(key=ask.key)
    for name, value in values.items():
        setattr(given, name, value)
    given.save()
    return given
