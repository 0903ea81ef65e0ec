"""Follow a VLAN from where a guest is plugged in to the interface that carries its gateway. Pure: no database.

    found       a way on which every port is known to carry it
    broken      every way there meets a port that is known not to carry it (or is switched off); the first is named.
                Where it is the port that the gateway itself is plugged into, nothing that is unknown elsewhere matters
    unknown     nothing is known to be in the way, but a cable, or what a port carries, is not known

Frames are followed port by port, the way with the fewest known breaks first, then the fewest unknowns, then the
shortest; no state is looked at twice, so loops end.
"""

from __future__ import annotations

import heapq
import itertools
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from .ports import BRIDGE, VIRTUAL, Port, Wiring


class Verdict(str, Enum):
    """How a way ends."""

    FOUND = "found"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One port on the way. `tag` is the tag of the frames there, None without one; `vid` their VLAN where it is known.

    `problem` says why they do not pass, `unknown` why nobody knows.
    """

    port: Port
    tag: int | None = None
    vid: int | None = None
    problem: str = ""
    unknown: str = ""


@dataclass(frozen=True, kw_only=True)
class Way:
    """The hops, and how it ends; `reason` is a sentence where it is not found."""

    verdict: Verdict
    hops: tuple[Hop, ...]
    gateway: str = ""
    reason: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether it is known not to work."""
        return self.verdict is Verdict.BROKEN


@dataclass(frozen=True)
class _At:
    """Where frames are: arriving at a port from a cable, or inside of what forwards them (a bridge, a switch)."""

    place: str
    key: uuid.UUID
    tag: int | None


@dataclass(frozen=True, kw_only=True)
class _Step:
    at: _At
    hops: tuple[Hop, ...]
    done: bool = False

    @property
    def cost(self) -> tuple[int, int]:
        return sum(bool(hop.problem) for hop in self.hops), sum(bool(hop.unknown) for hop in self.hops)


ARRIVING, INSIDE = "arriving", "inside"
UNTAGGED = 1
"""A VLAN-aware bridge of Linux puts untagged frames into VLAN 1, and sends VLAN 1 without a tag."""


def follow(
    wiring: Wiring, start: Port, vid: int | None, gateway: str, carriers: Iterable[Port], *, others_known: bool = True
) -> Way:
    """Return the way from a bridge or port to the gateway. `vid` is the tag that is put on; None or 0 for none.

    `carriers` are the interfaces that have the gateway's address. Without any the way is broken only where
    `others_known`: where the gateways of other networks are on known interfaces, this one would be too.
    """
    tag = vid or None
    ends = tuple(carriers)
    first = Hop(port=start, tag=tag, vid=tag)
    if not ends:
        reason = f"no interface carries the gateway {gateway}" if gateway else "no gateway is known"
        verdict = Verdict.BROKEN if others_known and gateway else Verdict.UNKNOWN
        return Way(verdict=verdict, hops=(first,), gateway=gateway, reason=reason)
    return _Search(wiring, start, tag, gateway, ends).way()


class _Search:
    """One search: Dijkstra over (known breaks, unknowns, hops)."""

    def __init__(self, wiring: Wiring, start: Port, tag: int | None, gateway: str, ends: tuple[Port, ...]) -> None:
        self.wiring, self.start, self.tag, self.gateway = wiring, start, tag, gateway
        self.ends = ends
        self.loose: list[tuple[Hop, ...]] = []
        """Ways to ports that let the VLAN out, and of which nobody knows what is plugged in."""

    def way(self) -> Way:
        """Return the best way."""
        best = self._best()
        if best is None:
            hops = self.loose[0] if self.loose else (Hop(port=self.start, tag=self.tag, vid=self.tag),)
            return self._end(Verdict.UNKNOWN, hops, hops[-1].unknown or self._no_cable())
        broken, unknown = best.cost
        if broken and self.loose and not self._is_cut_off():
            return self._end(Verdict.UNKNOWN, self.loose[0], self.loose[0][-1].unknown)
        reason = next((hop.problem or hop.unknown for hop in best.hops if hop.problem), "")
        reason = reason or next((hop.unknown for hop in best.hops if hop.unknown), "")
        verdict = Verdict.BROKEN if broken else Verdict.UNKNOWN if unknown else Verdict.FOUND
        return self._end(verdict, best.hops, reason)

    def _is_cut_off(self) -> bool:
        """Tell whether the gateway's own cables end where its VLAN is known not to pass, whatever hangs elsewhere."""
        return all(self._is_shut(end) for end in self.ends)

    def _is_shut(self, end: Port) -> bool:
        tag = end.vlan if end.kind == VIRTUAL else None
        plugs = [(plug, self.wiring.far_ends.get(plug.pk, frozenset())) for plug in self.wiring.plugs(end)]
        return bool(plugs) and all(
            far_ends and (not plug.enabled or all(self._shuts(self.wiring.ports[pk], tag) for pk in far_ends))
            for plug, far_ends in plugs
        )

    def _shuts(self, far: Port, tag: int | None) -> bool:
        port = self.wiring.ports.get(far.lag, far) if far.lag else far
        if not (far.enabled and port.enabled):
            return True
        return port.device in self.wiring.switches and port.is_known and not port.takes(tag)

    def _end(self, verdict: Verdict, hops: tuple[Hop, ...], reason: str) -> Way:
        return Way(verdict=verdict, hops=hops, gateway=self.gateway, reason=reason)

    def _best(self) -> _Step | None:
        count = itertools.count()
        queue: list[tuple[tuple[int, int, int], int, _Step]] = []
        done: set[_At] = set()

        def put(step: _Step) -> None:
            heapq.heappush(queue, ((*step.cost, len(step.hops)), next(count), step))

        for step in self._first():
            put(step)
        while queue:
            _, _, step = heapq.heappop(queue)
            if step.done:
                return step
            if step.at in done:
                continue
            done.add(step.at)
            for after in self._next(step):
                put(after)
        return None

    # -------------------------------------------------------------------------------------------------- one step on

    def _first(self) -> Iterator[_Step]:
        hop = Hop(port=self.start, tag=self.tag, vid=self.tag)
        if self.start.kind != BRIDGE:
            yield from self._arrive(_Step(at=_At(ARRIVING, self.start.pk, self.tag), hops=(hop,)))
            return
        is_strict = self.start.mode == "tagged" and self.tag is not None and self.tag != UNTAGGED
        if is_strict and not self.start.takes(self.tag):
            hop = replace(hop, problem=_not_carried(self.start, self.tag))
        tag = None if self.tag == UNTAGGED and self.start.device not in self.wiring.switches else self.tag
        yield _Step(at=_At(INSIDE, self.start.pk, tag), hops=(hop,))

    def _next(self, step: _Step) -> Iterator[_Step]:
        return self._arrive(step) if step.at.place == ARRIVING else self._leave(step)

    def _arrive(self, step: _Step) -> Iterator[_Step]:
        """Frames come in at a port: its own interfaces take them, or what it is a port of forwards them."""
        port = self.wiring.ports[step.at.key]
        port = self.wiring.ports.get(port.lag, port) if port.lag else port
        tag = step.at.tag
        for end in self.ends:
            if self._takes(end, port, tag):
                last = () if end.pk == step.hops[-1].port.pk else (Hop(port=end, vid=end.vlan or tag),)
                yield replace(step, hops=(*step.hops, *last), done=True)
        domain = self.wiring.domain_of(port)
        if domain is None:
            yield from self._refused(step, port, tag)
            return
        hop, inside = self._let_in(step.hops[-1], port, tag)
        yield _Step(at=_At(INSIDE, domain, inside), hops=(*step.hops[:-1], hop))

    def _takes(self, end: Port, port: Port, tag: int | None) -> bool:
        """Tell whether the gateway's interface gets frames with this tag that come in at a port."""
        if end.pk == port.pk:
            return tag is None or tag == port.untagged
        return end.parent == port.pk and end.vlan == tag and tag is not None

    def _refused(self, step: _Step, port: Port, tag: int | None) -> Iterator[_Step]:
        """The gateway's machine is reached, at a port that has no interface for these frames."""
        ends = [end for end in self.ends if end.device == port.device]
        behind = [end for end in ends if port.pk in (end.pk, end.parent)]
        if not behind:
            return
        frames = f"VLAN {tag}" if tag is not None else "frames without a tag"
        problem = f"{port} takes no {frames}: {self.gateway} is on {behind[0].name}"
        yield replace(step, hops=(*step.hops, Hop(port=behind[0], vid=behind[0].vlan, problem=problem)), done=True)

    def _let_in(self, hop: Hop, port: Port, tag: int | None) -> tuple[Hop, int | None]:
        """Return the hop with what is wrong or not known there, and the VLAN inside."""
        if port.mode:
            vid = port.untagged if tag is None else tag
            problem = "" if port.takes(tag) or hop.problem else _not_carried(port, tag)
            return replace(hop, vid=vid, problem=hop.problem or problem), vid
        if port.device in self.wiring.switches:
            if port.said:
                return replace(hop, problem=hop.problem or _not_carried(port, tag)), tag
            return replace(hop, unknown=f"nobody reads which VLANs {port} carries"), tag
        return replace(hop, vid=hop.vid if tag is None else tag), tag

    def _leave(self, step: _Step) -> Iterator[_Step]:
        """Frames are inside a bridge or switch: its own interfaces take them, its ports let them out."""
        domain, vid = step.at.key, step.at.tag
        for end in self.ends:
            if self._is_inside(end, domain, vid):
                yield replace(step, hops=(*step.hops, Hop(port=end, vid=vid)), done=True)
        for port in self.wiring.switched(domain):
            for hop in self._let_out(port, vid):
                yield from self._cross(step, port, hop)

    def _is_inside(self, end: Port, domain: uuid.UUID, vid: int | None) -> bool:
        if end.pk == domain:
            return vid is None or vid == end.untagged
        if end.parent == domain:
            return end.vlan == vid
        return end.device == domain and end.kind == VIRTUAL and vid is not None and end.vlan == vid

    def _let_out(self, port: Port, vid: int | None) -> Iterator[Hop]:
        """Yield how frames leave by a port."""
        if port.kind == VIRTUAL:  # a bridge on a VLAN interface: its untagged frames leave with that tag
            yield Hop(port=port, tag=port.vlan if vid is None else vid, vid=port.vlan if vid is None else vid)
        elif port.mode and vid is not None:
            if vid == port.untagged:
                yield Hop(port=port, vid=vid)
            elif port.takes(vid):
                yield Hop(port=port, tag=vid, vid=vid)
            else:
                problem = _not_carried(port, vid)
                yield Hop(port=port, tag=vid, vid=vid, problem=problem)
                yield Hop(port=port, vid=vid, problem=problem)
        elif port.mode or port.device not in self.wiring.switches:
            yield Hop(port=port, tag=vid, vid=vid)
        elif port.said:
            yield Hop(port=port, tag=vid, vid=vid, problem=_not_carried(port, vid))
        else:
            yield Hop(port=port, tag=vid, vid=vid, unknown=f"nobody reads which VLANs {port} carries")

    def _cross(self, step: _Step, port: Port, hop: Hop) -> Iterator[_Step]:
        """Go through the cables of a port, of each member where it is a LAG."""
        for plug in self.wiring.plugs(port):
            out = replace(hop, port=plug)
            if not (plug.enabled and port.enabled):
                out = replace(out, problem=out.problem or f"{plug if port.enabled else port} is switched off")
            if step.hops[-1].port.pk == plug.pk:  # frames never leave by the port that they came in by
                continue
            far_ends = self.wiring.far_ends.get(plug.pk, frozenset())
            hops = step.hops if port.pk == step.hops[-1].port.pk else (*step.hops, out)
            if not far_ends and not _has_problem(hops):
                self.loose.append((*hops[:-1], replace(hops[-1], unknown=f"no cable is known at {plug}")))
            for pk in sorted(far_ends, key=str):
                far = self.wiring.ports[pk]
                problem = "" if far.enabled else f"{far} is switched off"
                arrived = Hop(port=far, tag=out.tag, vid=out.vid, problem=problem)
                yield _Step(at=_At(ARRIVING, pk, out.tag), hops=(*hops, arrived))

    def _no_cable(self) -> str:
        """Say where a cable is missing: at the gateway, else somewhere between."""
        ends = [plug for end in self.ends for plug in self.wiring.plugs(end)]
        if ends and not any(self.wiring.far_ends.get(plug.pk) for plug in ends):
            return f"no cable is known at {ends[0]}"
        return f"no known cables lead from {self.start} to {self.ends[0]}"


def _has_problem(hops: tuple[Hop, ...]) -> bool:
    return any(hop.problem for hop in hops)


def _not_carried(port: Port, tag: int | None) -> str:
    return f"{port} takes no frames without a tag" if tag is None else f"{port} does not carry VLAN {tag}"
