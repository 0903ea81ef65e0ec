"""From the text of a page to what it says: the blocks one after the other, each under the headings above it.

Nothing is guessed and nothing is dropped. In a network, a row must say which address it is about; outside of one, a
row that speaks of addresses is not understood, unless its heading says that they are no addresses in use.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ....errors import ParseError
from .blocks import Heading, Item, Row, Stray, Table, read_blocks
from .cells import Host, Stretch, Unclear, place_in, speaks_of_addresses
from .headings import Opening, name_of_range, open_heading
from .items import read_item
from .overlaps import settle_headings, settle_rows
from .page import OTHER, Asks, Entry, Network, Outcome, Page, Place, Question, Range
from .rows import Cells, Columns, Spoken, saying_of, spoken_of
from .words import Column, Section, label_of, range_role_of


def read_page(name: str, text: str) -> Page:
    """Return what the page says. Raises ParseError where it is no inventory page at all."""
    reading = Reading(page=Page(name=name, lines=text.count("\n") + 1))
    for block in read_blocks(name, text):
        reading.take(block)
    reading.finish()
    if not reading.page.networks:
        raise ParseError(
            f"{name}: there is no heading of a network in it, such as ## 172.16.100.0/24 - Apps; nothing was read"
        )
    return reading.page


@dataclass
class Reading:
    """A page half read: the headings above the block that comes next."""

    page: Page
    above: list[Opening] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    mentioned: list[Opening] = field(default_factory=list)
    is_begun: bool = False

    # the headings above

    @property
    def network(self) -> Network | None:
        """The network that the block is in."""
        opening = next((one for one in reversed(self.above) if one.network), None)
        return self.page.networks[opening.network.name] if opening and opening.network else None

    @property
    def section(self) -> Section | None:
        """What the section is, if it is none of addresses in use."""
        sections = [one.section for one in self._below_network() if one.section]
        return sections[-1] if sections else None

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings between the network and the block."""
        return tuple(one.text for one in self._below_network())

    def _below_network(self) -> list[Opening]:
        at = next((place for place, one in reversed(list(enumerate(self.above))) if one.network), -1)
        return self.above[at + 1 :]

    def _is_damaged(self) -> bool:
        """Tell whether a heading above may have been meant to be that of a network."""
        return any(one.is_damaged for one in self.above)

    # block by block

    def take(self, block: Heading | Item | Table | Stray) -> None:
        """Read the next block."""
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Item):
            self._item(block)
        elif isinstance(block, Table):
            self._table(block)
        else:
            reason = "it looks like a row, but belongs to no table: a header and a line of dashes must fit it"
            self._add(block.line, Place.LINE, Outcome.REJECT, reason, block.raw)

    def _heading(self, heading: Heading) -> None:
        opening = open_heading(heading)
        self.above = [one for one in self.above if one.level < opening.level]
        is_title, self.is_begun = not self.is_begun and opening.level == 1, True
        if is_title and not opening.network and not opening.fault:
            return
        if opening.network and self.section:
            self.mentioned.append(opening)
            opening = Opening(level=opening.level, line=opening.line, text=opening.text)
        opening = self._fitting(opening)
        self.above.append(opening)
        if opening.network:
            self._enter(opening.network)
        elif opening.fault and self.section is None:
            self._add(opening.line, Place.HEADING, Outcome.REJECT, opening.fault, opening.text)

    def _fitting(self, opening: Opening) -> Opening:
        """Return the opening of a range as a fault where the range is not in the network above it."""
        if opening.stretch is None or self.section:
            return opening
        network = self.network
        if network and opening.stretch.first in network.network and opening.stretch.last in network.network:
            name = name_of_range(opening.text, opening.stretch)
            self.ranges.append(
                Range(
                    stretch=opening.stretch,
                    line=opening.line,
                    network=network.name,
                    name=name,
                    role=range_role_of(name),
                )
            )
            return opening
        where = f"in {network.name}" if network else "under a network"
        fault = f"{opening.stretch} is not {where}"
        return Opening(level=opening.level, line=opening.line, text=opening.text, fault=fault)

    def _enter(self, network: Network) -> None:
        known = self.page.networks.setdefault(network.name, network)
        if known is not network and network.vid is not None and known.vid not in (None, network.vid):
            reason = f"line {known.vlan_line} says that {network.name} is VLAN {known.vid}"
            self._add(network.line, Place.HEADING, Outcome.REJECT, reason, network.title)

    def _item(self, item: Item) -> None:
        network, section = self.network, self.section
        if section is Section.UNKNOWN:
            self._unknown(item.line, Place.ITEM, item.raw, item.label or item.text)
        elif network and (section is Section.INFORMATION or not self._below_network()):
            read_item(self.page, network, item, self.ranges)
        elif section is Section.INFORMATION and (item.label and label_of(item.label)):
            self._add(item.line, Place.ITEM, Outcome.REJECT, "it is under no network", item.raw)
        elif (network or self._is_damaged()) and section is None and speaks_of_addresses(item.raw):
            reason = "addresses are read from tables; a list may hold the information on a network, under its heading"
            self._add(item.line, Place.ITEM, Outcome.REJECT, reason, item.raw)

    # tables

    def _table(self, table: Table) -> None:
        columns = Columns.of(table)
        if any(speaks_of_addresses(text) for text in table.columns):
            reason = "it stands where the header of the table should be"
            self._add(table.line, Place.LINE, Outcome.REJECT, reason, table.raw)
        for row in table.rows:
            outcome, says = (Outcome.REJECT, row.fault) if row.fault else self._row(columns, row)
            if outcome is not None:
                self._add(row.line, Place.ROW, outcome, says, row.raw)

    def _row(self, columns: Columns, row: Row) -> tuple[Outcome | None, str]:
        cells = Cells(columns, row, self.headings)
        try:
            if self.section is Section.MOVES or columns.has(Column.SUGGESTED):
                return self._move(cells)
            if self.section is Section.UNKNOWN:
                return self._unknown_row(cells)
            if self.section is Section.PROSE:
                return Outcome.NOTE, "no list of addresses in use"
            return self._use(cells)
        except Unclear as error:
            return Outcome.REJECT, str(error)

    def _use(self, cells: Cells) -> tuple[Outcome | None, str]:
        network = self.network
        if network is None or not cells.columns.has(Column.ADDRESS):
            if speaks_of_addresses(cells.row.raw):
                raise Unclear("it is under no network" if network is None else "no column of the table says IP")
            return Outcome.NOTE, "speaks of no address"
        if not (text := cells.text(Column.ADDRESS)):
            return Outcome.NOTE, "no address yet"
        place = place_in(text)
        self._require_inside(network, place)
        if cells.is_free:
            if cells.host != ("", ""):
                raise Unclear(f"it is free and has a host, {cells.holder}; only one of them can be")
            return Outcome.NOTE, "free"
        if isinstance(place, Stretch):
            self.spoken.append(spoken_of(cells, place, network.name))
            return None, ""
        self._say(cells, place, network)
        return Outcome.OBJECT, f"address {place.address}"

    @staticmethod
    def _require_inside(network: Network, place: Host | Stretch) -> None:
        ends = (place.address,) if isinstance(place, Host) else (place.first, place.last)
        for end in ends:
            if end not in network.network:
                raise Unclear(f"{end} is not in {network.name}, the network above it")
        ends_of_network = (network.network.network_address, network.network.broadcast_address)
        is_small = network.network.prefixlen >= network.network.max_prefixlen - 1
        if isinstance(place, Host) and place.address.version == 4 and place.address in ends_of_network and not is_small:
            raise Unclear(f"{place.address} is the network or broadcast address of {network.name}")

    def _say(self, cells: Cells, place: Host, network: Network) -> None:
        saying = saying_of(cells, place, network.name)
        self.page.sayings.append(saying)
        question = Question(asks=Asks.UNKNOWN, host=saying.host, line=saying.line, part=network.name)
        if cells.is_nobody:
            self.page.questions.append(replace(question, reason=saying.description or ""))
        plan = cells.text(Column.PLAN)
        if plan and plan.lower() not in STAYS:
            self.page.questions.append(replace(question, asks=Asks.MOVE, holder=saying.holder, target=plan))

    # what is no address in use

    def _move(self, cells: Cells) -> tuple[Outcome, str]:
        place = place_in(cells.text(Column.ADDRESS))
        if not isinstance(place, Host):
            raise Unclear("the address that it has now must be a single one")
        target = cells.text(Column.SUGGESTED) or cells.text(Column.PLAN)
        reason = "; ".join([cells.text(Column.REASON), cells.text(Column.NOTES), *cells.extras]).strip("; ")
        question = Question(
            asks=Asks.MOVE,
            host=str(place.address),
            line=cells.row.line,
            holder=cells.holder,
            target=target,
            reason=reason,
        )
        self.page.questions.append(question)
        return Outcome.NOTE, f"{cells.holder or place.address} should move{f' to {target}' if target else ''}"

    def _unknown_row(self, cells: Cells) -> tuple[Outcome, str]:
        place = place_in(cells.text(Column.ADDRESS))
        if not isinstance(place, Host):
            raise Unclear("an unknown host has a single address")
        reason = cells.description() or ""
        self.page.questions.append(
            Question(asks=Asks.UNKNOWN, host=str(place.address), line=cells.row.line, reason=reason)
        )
        return Outcome.NOTE, f"nobody knows {place.address}"

    def _unknown(self, line: int, place: Place, raw: str, text: str) -> None:
        """An item of a list of unknown hosts: an address first, then what is known of it."""
        if not speaks_of_addresses(raw):
            return
        words = text.replace(" - ", " ").split()
        try:
            found = place_in(words[0].rstrip(",;:")) if words else None
        except Unclear:
            found = None
        if isinstance(found, Host):
            reason = text[text.find(words[0]) + len(words[0]) :].strip(" -–—:,;")
            self.page.questions.append(Question(asks=Asks.UNKNOWN, host=str(found.address), line=line, reason=reason))
            self._add(line, place, Outcome.NOTE, f"nobody knows {found.address}", raw)
        else:
            self._add(line, place, Outcome.REJECT, "an unknown host is written with its address first", raw)

    # the end

    def finish(self) -> None:
        """Settle what needs the whole page: containers, ranges in ranges, networks that are only mentioned."""
        for opening in self.mentioned:
            assert opening.network is not None
            if opening.network.name not in self.page.networks:
                reason = f"{opening.network.name} is only mentioned here; if it is a network of ours, move it up"
                self.page.entries.append(
                    Entry(line=opening.line, place=Place.HEADING, outcome=Outcome.REJECT, says=reason, raw=opening.text)
                )
        networks = list(self.page.networks.values())
        for network in networks:
            if network.type is None and any(_contains(network, other) for other in networks):
                network.type = "container"
        settle_headings(self.page, self.ranges)
        settle_rows(self.page, self.spoken)
        self.page.entries.sort(key=lambda entry: entry.line)

    def _add(self, line: int, place: Place, outcome: Outcome, says: str, raw: str) -> None:
        self.page.entries.append(
            Entry(
                line=line,
                place=place,
                outcome=outcome,
                says=says,
                raw=raw,
                part=self._part(),
            )
        )

    def _part(self) -> str:
        """Return the part of the page that is not seen whole if the block is not understood."""
        if self.section in (Section.MOVES, Section.UNKNOWN, Section.PROSE):
            return OTHER
        network = self.network
        return network.name if network and not self._is_damaged() else ""


STAYS = ("stay", "stays", "keep", "no", "no change", "done", "ok", "✅")


def _contains(network: Network, other: Network) -> bool:
    one, two = network.network, other.network
    return one != two and one.version == two.version and two.subnet_of(one)  # type: ignore[arg-type]
