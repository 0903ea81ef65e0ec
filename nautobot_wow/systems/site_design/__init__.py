"""The site design: what people decided about places, racks, hardware and networks, in YAML files."""

from __future__ import annotations

from ...errors import ConfigurationError
from ...records import Kind
from ...snapshot import Snapshot
from ..documents import DocumentOptions, Documents
from ..kind import ConnectionReport, SystemKind
from .parse import Parts, parts_of, require_none
from .records import Site, overlaps
from .schema import SECTIONS


def read(documents: Documents, options: DocumentOptions, only: frozenset[str] = frozenset(), /) -> Snapshot:
    """Return what the design says. Raises ParseError with everything that is wrong in it, by file and line."""
    if only:
        raise ConfigurationError(f"{documents.system}: a design is read as a whole; leave out what to limit the run to")
    parts = parts_of(documents)
    site = Site(parts)
    records = tuple(site.records())
    require_none(documents.system, [*parts.problems, *site.problems, *overlaps(site)])
    return Snapshot(records=records, observed=frozenset(parts.said), facts=_facts(documents, parts))


def _facts(documents: Documents, parts: Parts) -> dict[str, str]:
    counts = {section: len(parts.of[section]) for section in SECTIONS if parts.of[section]}
    said = ", ".join(f"{number} {section.replace('_', ' ')}" for section, number in counts.items())
    return {"read": documents.revision, "files": str(len(documents.texts)), "design": said or "nothing"}


def check(documents: Documents, options: DocumentOptions) -> ConnectionReport:
    """Read the design without writing anything; raises as `read` does."""
    snapshot = read(documents, options)
    unsaid = sorted(set(SECTIONS) - snapshot.observed)
    sentences = (f"The design says nothing of {', '.join(unsaid)}: those are left alone.",) if unsaid else ()
    return ConnectionReport(facts=tuple(snapshot.facts.items()), invisible=sentences)


SITE_DESIGN = SystemKind(
    slug="site-design",
    name="Site design",
    kinds=(
        Kind.LOCATION,
        Kind.RACK,
        Kind.DEVICE_TYPE,
        Kind.VLAN_GROUP,
        Kind.VLAN,
        Kind.PREFIX,
        Kind.RANGE,
        Kind.PROFILE,
        Kind.SIZE,
        Kind.DEVICE,
        Kind.BAY,
        Kind.INTERFACE,
        Kind.ADDRESS,
        Kind.CABLE,
        Kind.IMAGE,
    ),
    precedence=200,
    options=DocumentOptions,
    read=read,
    check=check,
    suffixes=(".yaml", ".yml"),
)
