"""What YAML makes of what people write: nothing is silently another thing, and nothing makes the reader run away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from nautobot_wow.errors import ParseError
from nautobot_wow.records import DeviceTypeRecord, Kind
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.documents import DocumentOptions, Documents, Text
from nautobot_wow.systems.site_design import read
from nautobot_wow.systems.site_design.schema import PUBLISHED, SECTIONS, json_schema, published
from nautobot_wow.systems.site_design.text import Loader, located

ROOT = Path(__file__).parents[3]
SITE = ROOT / "fixtures" / "site"


def design(**texts: str) -> Snapshot:
    files = tuple(Text(path=f"{name}.yaml", content=text) for name, text in texts.items())
    return read(Documents(system="design", texts=files, revision="digest 1"), DocumentOptions())


def said(text: str) -> str:
    with pytest.raises(ParseError) as caught:
        design(site=text)
    return str(caught.value)


RACK = "locations:\n  - {name: Tampa, type: City}\nracks:\n  - {name: R1, location: Tampa, %s}\n"


@pytest.mark.parametrize("written", ["0123", "1:30", "1.10", "2026-11-25", "on", "~1"])
def test_a_text_that_yaml_takes_for_another_thing_is_not_silently_another_text(written: str) -> None:
    text = RACK % f"serial: {written}"
    if isinstance(yaml.safe_load(text)["racks"][0]["serial"], str):
        (rack,) = [record for record in design(site=text).records if record.kind is Kind.RACK]
        assert rack.serial == written  # type: ignore[attr-defined]
    else:
        assert (
            "site.yaml:4: serial: a text is expected, and YAML takes this for another thing; put it in quotes"
            in said(text)
        )
    (rack,) = [record for record in design(site=RACK % f'serial: "{written}"').records if record.kind is Kind.RACK]
    assert rack.serial == written  # type: ignore[attr-defined]


@pytest.mark.parametrize("written", ["true", '"42"', "42.0"])
def test_a_number_is_a_number(written: str) -> None:
    assert "site.yaml:4: height: " in said(RACK % f"height: {written}")


@pytest.mark.parametrize("written", ["1", '"true"'])
def test_a_truth_value_is_one(written: str) -> None:
    assert "site.yaml:4: descending: " in said(RACK % f"descending: {written}")


def test_a_date_that_no_calendar_has_is_said_with_its_line() -> None:
    assert "site.yaml:4: this cannot be read: " in said(RACK % "serial: 2026-02-45")


@pytest.mark.parametrize("text", ["- " * 400_000 + "a", "[" * 400_000, "{a: " * 200_000, "? " * 300_000])
def test_what_is_nested_without_end_is_refused_before_it_is_put_together(text: str) -> None:
    (problem,) = located("site.yaml", text).problems
    assert problem.says == "this is nested more than 20 deep"


def test_a_few_lines_that_would_be_millions_of_values_are_refused() -> None:
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    (problem,) = located("site.yaml", laughs).problems
    assert (problem.line, problem.says) == (2, "aliases (*name) are not read; write it out")


def test_a_merge_key_and_two_documents_in_one_file_are_refused() -> None:
    assert "site.yaml:2: " in said("racks:\n  - {<<: {name: R1}, location: Tampa}\n")
    assert "site.yaml:2: this is no YAML" in said("racks: []\n---\nracks: []\n")


def test_the_reader_in_python_says_the_same_lines_as_the_one_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Loader.__name__ == "CSafeLoader"
    texts = ["a: [\n  1,\n  *x\n]", "a: 1\na: 2", "- " * 40 + "a", "a: !b c", "a:\n  - b\n c: d", "a: \x01"]
    in_c = [[problem.line for problem in located("x", text).problems] for text in texts]
    monkeypatch.setattr("nautobot_wow.systems.site_design.text.Loader", yaml.SafeLoader)
    assert [[problem.line for problem in located("x", text).problems] for text in texts] == in_c
    assert all(in_c)


# --------------------------------------------------------------------------------------------------------- the schema


def test_the_published_schema_is_what_the_code_would_publish() -> None:
    published_file = ROOT / "nautobot_wow" / PUBLISHED
    assert published_file.read_text(encoding="utf-8") == published()


def test_the_fixtures_of_the_site_are_valid_by_the_published_schema() -> None:
    checked = set()
    for path in sorted(SITE.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        jsonschema.validate(content, json_schema(), cls=jsonschema.Draft202012Validator)
        checked |= content.keys()
    assert checked == set(SECTIONS), "the fixtures show every section"


@pytest.mark.parametrize(
    "content",
    [
        {"racks": None},
        {"racks": [{"name": "R1"}]},
        {"racks": [{"name": "R1", "location": "Tampa", "hieght": 42}]},
        {"racks": [{"name": "R1", "location": "Tampa", "height": "42"}]},
        {"rack": []},
        {"vlans": [{"vid": 5000, "name": "x", "group": "g"}]},
    ],
)
def test_what_an_editor_marks_is_what_the_reader_refuses(content: dict[str, Any]) -> None:
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(content)
    assert "site.yaml:" in said(yaml.safe_dump(content))


# ------------------------------------------------------------------------------------------------------ what is shown


def test_the_example_of_the_documentation_is_a_design() -> None:
    text = (ROOT / "docs" / "user" / "design.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    found = design(example=example)
    assert {record.kind for record in found.records} >= {Kind.RACK, Kind.BAY, Kind.PROFILE, Kind.CABLE}


def test_the_mistakes_that_the_documentation_shows_are_said_like_that() -> None:
    site = {path.relative_to(SITE).as_posix(): path.read_text() for path in sorted(SITE.rglob("*.yaml"))}
    site["hardware.yaml"] = site["hardware.yaml"].replace("type: Netgate/1537", "type: Netgate/1538")
    site["networks.yaml"] = site["networks.yaml"].replace("vid: 100", "vid: 5000")
    texts = tuple(Text(path=path, content=content) for path, content in site.items())
    with pytest.raises(ParseError) as caught:
        read(Documents(system="WOW-DC design", texts=texts, revision="x"), DocumentOptions())
    shown = (ROOT / "docs" / "user" / "design.md").read_text(encoding="utf-8")
    for line in str(caught.value).splitlines():
        if "5000" in line or "1538" in line:
            assert line.partition(":")[2].partition(":")[2] in shown, line


# ------------------------------------------------------------------------------------------------ the community's types

TYPE = """\
manufacturer: Juniper
model: EX2300-C-12P
slug: juniper-ex2300-c-12p
part_number: EX2300-C-12P
u_height: 1.0
is_full_depth: false
airflow: passive
weight: 2.2
weight_unit: kg
comments: '[Datasheet](https://example.com)'
console-ports:
  - {name: con, type: rj-45}
power-ports:
  - {name: PSU, type: iec-60320-c14, maximum_draw: 170}
interfaces:
  - {name: ge-0/0/0, type: 1000base-t, poe_mode: pse, poe_type: type2-ieee802.3at}
  - {name: me0, type: 1000base-t, mgmt_only: true, label: MGMT}
module-bays:
  - {name: PIC 0, position: '0'}
"""


def test_what_the_community_writes_beyond_what_is_read_is_left() -> None:
    (record,) = design(ex2300=TYPE).records
    assert isinstance(record, DeviceTypeRecord)
    assert (record.manufacturer, record.model, record.u_height) == ("Juniper", "EX2300-C-12P", 1)
    assert record.is_full_depth is False
    assert [(port.name, port.type, port.mgmt_only) for port in record.ports or ()] == [
        ("ge-0/0/0", "1000base-t", False),
        ("me0", "1000base-t", True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("u_height: 1.0", "u_height: 0.5", "ex2300.yaml:5: u_height: "),
        ("model: EX2300-C-12P\n", "", "ex2300.yaml:1: model is missing"),
        ("interfaces:\n", "interfaces: none\nothers:\n", "ex2300.yaml:15: interfaces: "),
        (
            "{name: me0, type: 1000base-t, mgmt_only: true, label: MGMT}",
            "{name: me0}",
            "ex2300.yaml:17: interfaces.type",
        ),
    ],
)
def test_a_type_of_the_community_that_cannot_be_read_is_named_by_line(old: str, new: str, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        design(ex2300=TYPE.replace(old, new, 1))
    assert says in str(caught.value)
