"""A design is read as it is written, and what is wrong in it is said with file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nautobot_wow.errors import ParseError
from nautobot_wow.records import DeviceTypeRecord, Kind, PrefixRecord, RackRecord, VlanRecord
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.documents import DocumentOptions, Documents, Text
from nautobot_wow.systems.site_design import SITE_DESIGN, check, read
from nautobot_wow.systems.site_design.schema import json_schema

SCHEMA = Path(__file__).parents[3] / "nautobot_wow" / "static" / "nautobot_wow" / "site-design.schema.json"
SMALL = """\
locations:
  - {name: Tampa, type: City}
racks:
  - {name: R1, location: Tampa, height: 42}
device_types:
  - {manufacturer: Dell, model: FX2s, u_height: 2, subdevice_role: parent, bays: [a, b]}
  - {manufacturer: Dell, model: FC630, u_height: 0, is_full_depth: false, subdevice_role: child}
  - manufacturer: Cisco
    model: SG300
    is_full_depth: false
    interfaces: [{name: gi1, type: 1000base-t}, {name: gi2, type: 1000base-t}]
devices:
  - {name: fx, type: Dell/FX2s, role: Chassis, rack: R1, position: 10, face: front}
  - {name: blade, type: Dell/FC630, role: Server, chassis: fx, bay: a}
  - {name: sw1, type: Cisco/SG300, role: Switch, rack: R1, position: 42, face: front}
  - {name: sw2, type: Cisco/SG300, role: Switch, rack: R1, position: 42, face: rear}
cables:
  - {a: sw1/gi1, b: sw2/gi1}
"""


def design(*texts: str) -> Snapshot:
    files = tuple(Text(path=f"{number}.yaml", content=text) for number, text in enumerate(texts))
    return read(Documents(system="design", texts=files, revision="digest 1"), DocumentOptions())


def keys(snapshot: Snapshot, kind: Kind) -> set[str]:
    return {record.key for record in snapshot.records if record.kind is kind}


def test_a_design_becomes_records_with_their_lines() -> None:
    found = design(SMALL)
    assert keys(found, Kind.DEVICE) == {"device/fx", "device/blade", "device/sw1", "device/sw2"}
    assert keys(found, Kind.BAY) == {"bay/fx/a", "bay/fx/b"}
    assert keys(found, Kind.CABLE) == {"cable/sw1/gi1--sw2/gi1"}
    by_key = {record.key: record for record in found.records}
    assert by_key["device/blade"].rack == "rack/R1"  # type: ignore[attr-defined]
    assert by_key["bay/fx/a"].installed == "device/blade"  # type: ignore[attr-defined]
    assert by_key["device/sw2"].origin == "0.yaml:16"


def test_a_section_that_is_not_there_says_nothing_and_an_empty_one_says_that_there_is_none() -> None:
    found = design("racks: []\nvlans: []\n")
    assert found.observed == {"racks", "vlans"}
    assert found.records == ()


def test_what_is_in_several_files_is_one_design() -> None:
    found = design("locations:\n  - {name: Tampa, type: City}\n", "racks:\n  - {name: R1, location: Tampa}\n")
    assert keys(found, Kind.RACK) == {"rack/R1"}


WRONG = [
    ("  - {name: R1, location: Tampa, height: 42}", "  - {name: R1, location: Miami}", "4: there is no location Miami"),
    ("height: 42", "height: tall", "4: height: input should be a valid integer"),
    ("height: 42", "hieght: 42", "4: there is no hieght here"),
    ("position: 10", "position: 42", "13: it would reach unit 43 of R1"),
    ("position: 42, face: rear", "position: 42, face: front", "16: unit 42 of R1 is taken by sw1, at 0.yaml:15"),
    ("position: 42, face: rear", "position: 11, face: rear", "16: unit 11 of R1 is taken by fx"),
    ("chassis: fx, bay: a", "chassis: fx, bay: c", "14: fx has no bay c; it has a, b"),
    ("chassis: fx, bay: a", "rack: R1, position: 1, face: front", "14: a Dell/FC630 goes into a bay"),
    ("chassis: fx, bay: a", "chassis: fx", "14: chassis and bay go together"),
    ("type: Dell/FC630, role", "type: FC630, role", "14: type: a device type is written as Manufacturer/Model"),
    ("type: Dell/FC630, role", "type: Dell/FC640, role", "14: there is no device type Dell/FC640 in the design"),
    ("  - {name: sw2,", "  - {name: sw1,", "16: sw1 is in devices already, at 0.yaml:15"),
    ("{a: sw1/gi1, b: sw2/gi1}", "{a: sw1/gi9, b: sw2/gi1}", "18: there is no port gi9 of a device sw1"),
    ("{a: sw1/gi1, b: sw2/gi1}", "{a: sw1, b: sw2/gi1}", "18: a: an end of a cable is written as device/port"),
    ("cables:", "wires:", "17: there is no section wires"),
    ("racks:\n  - {name: R1, location: Tampa, height: 42}", "racks: 4", "3: racks is a list"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_what_is_wrong_is_said_with_file_line_and_what_was_expected(old: str, new: str, said: str) -> None:
    with pytest.raises(ParseError) as caught:
        design(SMALL.replace(old, new, 1))
    assert f"0.yaml:{said}" in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once_and_nothing_twice() -> None:
    """The rack that is wrong is not missing as well where a device names it."""
    wrong = SMALL.replace("height: 42", "height: tall").replace("gi1}", "gi7}").replace("role: Server", "rol: x")
    with pytest.raises(ParseError, match="4 things are wrong") as caught:
        design(wrong)
    assert str(caught.value).count("0.yaml:") == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is nothing in it"),
        ("- a\n- b\n", "a design is a mapping of sections"),
        ("racks: [\n", "this is no YAML"),
        ("racks: &a []\nvlans: *a\n", "aliases (*name) are not read"),
        ("racks: []\nracks: []\n", "racks is here twice"),
        ("racks: !!python/object/apply:os.system [id]\n", "python/object/apply:os.system is a tag"),
        ("racks: !secret [id]\n", "!secret is a tag"),
        ("[" * 60 + "]" * 60, "nested more than"),
    ],
)
def test_a_text_that_is_no_design_is_refused(text: str, said: str) -> None:
    with pytest.raises(ParseError) as caught:
        design(text)
    assert said in str(caught.value)


def test_ranges_that_meet_and_gateways_outside_are_refused() -> None:
    with pytest.raises(ParseError) as caught:
        design(
            "prefixes:\n  - {prefix: 10.0.0.0/24, gateway: 10.0.1.1}\n"
            "ranges:\n  - {first: 10.0.0.1, last: 10.0.0.9, name: a}\n  - {first: 10.0.0.9, last: 10.0.0.20, name: b}\n"
        )
    assert "0.yaml:2: the gateway 10.0.1.1 is not in 10.0.0.0/24" in str(caught.value)
    assert "0.yaml:5: it has addresses of a in it" in str(caught.value)


COMMUNITY = """\
manufacturer: Juniper
model: EX2300-C-12P
slug: juniper-ex2300-c-12p
u_height: 1.0
is_full_depth: false
comments: "[Datasheet](https://example.com)"
console-ports:
  - {name: con0, type: rj-45}
interfaces:
  - {name: me0, type: 1000base-t, mgmt_only: true}
  - {name: ge-0/0/0, type: 1000base-t, poe_mode: pse, label: "0"}
device-bays: []
weight: 2.7
"""


def test_a_device_type_of_the_community_is_read_with_its_ports_and_the_rest_is_left() -> None:
    (record,) = design(COMMUNITY).records
    assert isinstance(record, DeviceTypeRecord)
    assert (record.manufacturer, record.u_height, record.is_full_depth) == ("Juniper", 1, False)
    assert record.ports is not None
    assert [(port.name, port.mgmt_only) for port in record.ports] == [("me0", True), ("ge-0/0/0", False)]


def test_a_device_type_of_the_community_that_is_wrong_is_refused_by_line() -> None:
    with pytest.raises(ParseError, match=r"0\.yaml:4: u_height"):
        design(COMMUNITY.replace("u_height: 1.0", "u_height: high"))


def test_a_check_says_what_the_design_says_nothing_of() -> None:
    files = (Text(path="site.yaml", content=SMALL),)
    report = check(Documents(system="design", texts=files, revision="digest 1"), DocumentOptions())
    assert ("read", "digest 1") in report.facts
    assert "vlans" in report.invisible[0]


def test_the_published_schema_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()


def test_every_kind_that_comes_out_is_announced() -> None:
    assert {record.kind for record in design(SMALL).records} <= set(SITE_DESIGN.kinds)


NAMES = st.text("abcdefgh -_.", min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def estates(draw: st.DrawFn) -> dict[str, Any]:
    """A design of racks, VLANs and prefixes as somebody could write it."""
    racks = draw(st.lists(NAMES, unique=True, max_size=5))
    vids = draw(st.lists(st.integers(1, 4094), unique=True, max_size=6))
    nets = draw(st.lists(st.integers(0, 255), unique=True, max_size=6))
    return {
        "locations": [{"name": "Site", "type": "Data Center"}],
        "racks": [{"name": name, "location": "Site", "height": draw(st.integers(1, 60))} for name in racks],
        "vlan_groups": [{"name": "Site", "location": "Site"}],
        "vlans": [{"vid": vid, "name": f"v{vid}", "group": "Site"} for vid in vids],
        "prefixes": [
            {"prefix": f"10.0.{net}.0/24", **({"vlan": draw(st.sampled_from(vids))} if vids else {})} for net in nets
        ],
    }


@given(estates(), st.booleans())
@settings(max_examples=60)
def test_any_design_is_read_back_exactly(estate: dict[str, Any], flow: bool) -> None:
    found = design(yaml.safe_dump(estate, default_flow_style=flow))
    assert set(of(found, RackRecord, "name", "height_u")) == {(one["name"], one["height"]) for one in estate["racks"]}
    assert set(of(found, VlanRecord, "vid", "name")) == {(one["vid"], one["name"]) for one in estate["vlans"]}
    assert set(of(found, PrefixRecord, "network", "vid")) == {
        (one["prefix"], one.get("vlan", 0)) for one in estate["prefixes"]
    }


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=150)
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    said = ""
    try:
        design(text)
    except ParseError as error:
        said = str(error)
    assert not said or "0.yaml:" in said


def of(snapshot: Snapshot, kind: type[Any], *names: str) -> Iterator[tuple[Any, ...]]:
    for record in snapshot.records:
        if isinstance(record, kind):
            yield tuple(getattr(record, name) for name in names)


def test_the_example_in_the_manual_is_a_design() -> None:
    page = (Path(__file__).parents[3] / "docs" / "user" / "design.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    assert {record.kind for record in design(example).records} >= {Kind.RACK, Kind.BAY, Kind.PROFILE, Kind.CABLE}
