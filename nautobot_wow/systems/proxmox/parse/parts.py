"""What a node is made of: its processors, its memory, its disks, its network adapters.

The names of parts are as lasting as their keys: a disk is known by its serial number or world wide name, and only where
it tells neither by its device path, which may be another one after the next start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ....errors import ParseError
from ....records import Kind, PartRecord
from ....snapshot import Refusal
from .values import Row

GIB = 1024**3
GB = 1000**3
NETWORK_CLASS = "0x02"
# A virtual function is a share of an adapter, made by its driver.
VIRTUAL_FUNCTION = "virtual function"
# What udev and sysfs say where they do not know, and the name of the bus that stands where ATA disks have no vendor.
NOTHING_SAID = frozenset({"", "unknown", "ata", "nvme", "usb"})
COUNTS = (("sockets", "socket"), ("cores", "core"), ("cpus", "thread"))
PROCESSOR_MAKERS = {"intel": "Intel", "amd": "AMD", "ampere": "Ampere"}


@dataclass(kw_only=True)
class NodeParts:
    """What one node answered. `failure` says why it is not everything."""

    records: list[PartRecord] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    failure: str = ""


def add_board(parts: NodeParts, node: str, payload: object) -> None:
    """Take in processors and memory from the status of a node."""
    row = Row(f"node/{node}: status", payload)
    processors = Row(f"{row.what}: cpuinfo", row.fields.get("cpuinfo"))
    memory = Row(f"{row.what}: memory", row.fields.get("memory"))
    model = processors.text("model").strip()
    counts = ", ".join(_counted(processors.integer(key), word) for key, word in COUNTS)
    size = f"{round(memory.integer('total') / GIB)} GB"
    maker = next((name for word, name in PROCESSOR_MAKERS.items() if word in model.lower()), None)
    parts.records += [
        _part(node, "cpu", "Processors", manufacturer=maker, model=model, description=counts),
        _part(node, "memory", "Memory", description=size),
    ]


def add_disks(parts: NodeParts, node: str, payload: list[object]) -> None:
    """Take in the disks; those that share a serial number or name with another one are not known by it."""
    rows = list(_rows(parts, f"node/{node}/part/disk", payload, "devpath"))
    told = Counter(word for row in rows for word in _tokens(row))
    for row in rows:
        with _refusing(parts, row):
            _add_disk(parts, node, row, told)


def add_adapters(parts: NodeParts, node: str, payload: list[object]) -> None:
    """Take in the network adapters among the PCI devices."""
    for row in _rows(parts, f"node/{node}/part/pci", payload, "id"):
        with _refusing(parts, row):
            name = (row.text_or_none("device_name") or "").strip()
            if row.text("class").startswith(NETWORK_CLASS) and VIRTUAL_FUNCTION not in name.lower():
                _add(parts, _adapter(node, row, name))


def _add_disk(parts: NodeParts, node: str, row: Row, told: Counter[str]) -> None:
    path = row.text("devpath")
    known_by = next((word for word in _tokens(row) if told[word] == 1), path)
    kind = {"ssd": "SSD", "hdd": "HDD", "nvme": "NVMe"}.get(row.text_or_none("type") or "", "disk")
    vendor = _said(row, "vendor")
    disk = _part(
        node,
        f"disk/{known_by.lstrip('/')}",
        f"Disk {known_by}",
        manufacturer=None if vendor and vendor.startswith("0x") else vendor,
        model=_said(row, "model"),
        serial=_said(row, "serial"),
        description=f"{round(row.integer('size') / GB)} GB {kind}, {path}",
    )
    _add(parts, disk)


def _adapter(node: str, row: Row, name: str) -> PartRecord:
    number = row.text("id")
    codes = f"{row.text_or_none('vendor') or '?'}:{row.text_or_none('device') or '?'}"
    return _part(
        node,
        f"pci/{number}",
        f"Network adapter {number}",
        manufacturer=_said(row, "vendor_name"),
        model=name or codes,
        description=_said(row, "subsystem_device_name") or "",
    )


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _add(parts: NodeParts, record: PartRecord) -> None:
    if any(known.key == record.key for known in parts.records):
        raise ParseError(f"{record.key}: listed twice")
    parts.records.append(record)


def _part(node: str, which: str, name: str, **values: str | None) -> PartRecord:
    key, scopes = f"node/{node}/part/{which}", (f"nodes/{node}/parts",)
    return PartRecord(key=key, scopes=scopes, device=f"node/{node}", name=name, **values)  # type: ignore[arg-type]


def _tokens(row: Row) -> list[str]:
    """Return what a disk tells of itself, the best first; a row that cannot be read tells nothing."""
    try:
        return [word for key in ("serial", "wwn") if (word := _said(row, key))]
    except ParseError:
        return []


def _said(row: Row, key: str) -> str | None:
    """Return a field, None where it only says that nobody knows."""
    text = (row.text_or_none(key) or "").strip()
    return None if text.lower() in NOTHING_SAID else text


def _rows(parts: NodeParts, what: str, payload: list[object], key: str) -> Iterable[Row]:
    for number, item in enumerate(payload, start=1):
        name = item.get(key) if isinstance(item, dict) else None
        try:
            yield Row(f"{what}/{name if isinstance(name, str) and name else f'row {number}'}", item)
        except ParseError as error:
            parts.refused.append(Refusal(kind=Kind.PART, key=f"{what}/row {number}", reason=str(error)))


@contextmanager
def _refusing(parts: NodeParts, row: Row) -> Iterator[None]:
    """Refuse the part that cannot be read; the others go on."""
    try:
        yield
    except ParseError as error:
        parts.refused.append(Refusal(kind=Kind.PART, key=row.what, reason=str(error)))
