"""config.xml, of which only what is needed is ever kept: everything else is dropped while it arrives.

The file holds password hashes, private keys and shared secrets of everything that the box does. `KEPT` says which
elements are looked at; what is in no branch of it is not stored for longer than the piece of the answer it came in. A
document type, and with it every entity, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError as XmlError

from ....errors import ParseError

WHAT = "config.xml"
ROOT = "pfsense"
MOST_BYTES = 64 * 1024 * 1024
DEEPEST = 64

Branch = Mapping[str, Any]
"""Elements that are kept, by name, each with what is kept of it; "*" is every name."""


def _leaves(names: str) -> dict[str, Branch]:
    return {name: {} for name in names.split()}


_RANGE = {"range": _leaves("from to")}
_HOSTS = {
    "hosts": {
        **_leaves("host domain ip descr"),
        "aliases": {"item": _leaves("host domain")},
    }
}
KEPT: Branch = {
    **_leaves("version dhcpbackend"),
    "system": {**_leaves("hostname domain"), "ssh": _leaves("port")},
    "interfaces": {"*": _leaves("if descr enable ipaddr subnet gateway ipaddrv6 subnetv6 gatewayv6")},
    "vlans": {"vlan": _leaves("if tag descr vlanif")},
    "qinqs": {"qinqentry": _leaves("if tag descr vlanif")},
    "laggs": {"lagg": _leaves("members descr laggif proto")},
    "bridges": {"bridged": _leaves("members descr bridgeif")},
    "virtualip": {"vip": _leaves("mode interface vhid type subnet subnet_bits descr")},
    "gateways": {
        **_leaves("defaultgw4 defaultgw6"),
        "gateway_item": _leaves("interface gateway name ipprotocol descr disabled"),
    },
    "staticroutes": {"route": _leaves("network gateway descr disabled")},
    "dhcpd": {
        "*": {
            **_leaves("enable gateway domain dnsserver"),
            **_RANGE,
            "pool": {**_RANGE, **_leaves("descr")},
            "staticmap": _leaves("mac cid ipaddr hostname descr domain"),
        }
    },
    "dhcpdv6": {"*": {**_leaves("enable domain"), **_RANGE, "staticmap": _leaves("duid ipaddrv6 hostname descr")}},
    "unbound": {**_leaves("enable"), **_HOSTS},
    "dnsmasq": {**_leaves("enable"), **_HOSTS},
}


@dataclass
class Section:
    """An element: its name, its text, and the elements in it that are kept."""

    name: str
    text: str = ""
    inside: list[Section] = field(default_factory=list)

    def all(self, name: str) -> list[Section]:
        """Return the elements of a name; one alone is a list as well."""
        return [section for section in self.inside if section.name == name]

    def first(self, name: str) -> Section:
        """Return the element of a name, an empty one where there is none."""
        return next((section for section in self.inside if section.name == name), Section(name))

    def words(self, name: str) -> str:
        """Return the text of an element without blanks around it, empty where there is none."""
        return self.first(name).text.strip()

    def has(self, name: str) -> bool:
        """Tell whether an element is there, even an empty one: that is how this file says yes."""
        return any(section.name == name for section in self.inside)

    def under(self, *path: str) -> Iterator[Section]:
        """Yield the elements at the end of a path; "*" is every name. A branch may stand there several times."""
        found = [self]
        for name in path:
            found = [part for section in found for part in section.inside if name in ("*", part.name)]
        return iter(found)


def parse_sections(pieces: Iterable[bytes]) -> Section:
    """Return what is kept of the file, which comes in pieces. Raises ParseError, which shows nothing of the file."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    keeper = _Keeper()
    parser = DefusedXMLParser(target=keeper, forbid_dtd=True)
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > MOST_BYTES:
                raise ParseError(f"{WHAT}: it is larger than {MOST_BYTES // 2**20} MiB; that is no configuration")
            parser.feed(piece)
        parser.close()
    except XmlError as error:
        # The words of expat name what is wrong and never what is there.
        raise ParseError(f"{WHAT}: it is not whole, or no XML ({error}); nothing of it was used") from None
    except DefusedXmlException:
        raise ParseError(f"{WHAT}: it has a document type or entities, as no pfSense writes them") from None
    except (ValueError, LookupError):
        raise ParseError(f"{WHAT}: its encoding cannot be read") from None
    if keeper.root is None:
        raise ParseError(f"{WHAT}: the answer is empty")
    return keeper.root


class _Keeper:
    """What the parser tells about elements: builds the tree of those that are kept, and counts through the others."""

    def __init__(self) -> None:
        self.root: Section | None = None
        self._open: list[tuple[Section, Branch]] = []
        self._dropped = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if self.root is None:
            if tag != ROOT:
                raise ParseError(f"{WHAT}: it is no configuration of a pfSense: it begins with <{tag[:40]}>")
            self.root = Section(tag)
            self._open.append((self.root, KEPT))
            return
        section, branch = self._open[-1]
        kept = branch.get(tag, branch.get("*"))
        if self._dropped or kept is None:
            self._dropped += 1
            if self._dropped > DEEPEST:
                raise ParseError(f"{WHAT}: its elements are nested more than {DEEPEST} deep")
            return
        inner = Section(tag)
        section.inside.append(inner)
        self._open.append((inner, kept))

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._dropped:
            self._dropped -= 1
        else:
            self._open.pop()

    def data(self, text: str) -> None:
        """Text of an element; kept only where the element is one that has no others in it."""
        if self._open and not self._dropped and not self._open[-1][1]:
            self._open[-1][0].text += text

    def close(self) -> None:
        """The file ends."""
