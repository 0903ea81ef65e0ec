"""What a reader itself found to be wrong becomes a Conflict of its System, and ends when it is no longer reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nautobot_wow.models import Conflict, System
from nautobot_wow.records import Kind, Record
from nautobot_wow.snapshot import Finding, FindingKind, FindingSeverity
from tests.reconcile import estate
from tests.reconcile.site import Site, conflicts, ip, rows_written, vm

pytestmark = pytest.mark.django_db

QUESTION = Finding(
    kind=FindingKind.QUESTION,
    severity=FindingSeverity.INFO,
    title="Who is web?",
    message="The document does not say.",
    cure="Write it down.",
    subject=(Kind.GUEST, "lxc/210"),
    evidence=(("inventory.md:118", "web"),),
    scopes=("guests",),
)


def run(site: Site, system: System, records: list[Record], *findings: Finding, **seen: Any) -> Any:
    run = site.plan_of(system, replace(estate.snapshot(records, **seen), findings=findings))
    site.apply(run)
    return run


def test_a_finding_is_a_conflict_about_the_object_of_its_record(site: Site, pve: System, world: list[Record]) -> None:
    run(site, pve, world, QUESTION)
    row = Conflict.objects.get(system=pve)
    assert (row.kind, row.severity, row.title, row.cure) == ("question", "info", "Who is web?", "Write it down.")
    assert row.object == vm("web")
    assert [(side["source"], side["says"]) for side in row.evidence] == [("inventory.md:118", "web")]


def test_a_finding_about_an_address_is_about_its_record_where_there_is_one(
    site: Site, pve: System, world: list[Record]
) -> None:
    about = replace(QUESTION, subject=None, host=estate.WEB)
    run(site, pve, world)
    run(site, pve, world, about, replace(about, host="172.16.100.77"))
    assert {row.object for row in Conflict.objects.filter(system=pve)} == {ip(estate.WEB), None}


def test_a_finding_that_is_reported_again_is_not_written_again(site: Site, pve: System, world: list[Record]) -> None:
    run(site, pve, world, QUESTION)
    with rows_written() as written:
        run(site, pve, world, QUESTION)
    assert written == {}


def test_a_finding_with_other_words_is_the_same_conflict(site: Site, pve: System, world: list[Record]) -> None:
    run(site, pve, world, QUESTION)
    run(site, pve, world, replace(QUESTION, title="Who is it?"))
    assert [row.title for row in Conflict.objects.filter(system=pve)] == ["Who is it?"]


def test_a_finding_ends_when_its_scope_was_seen_and_it_was_not_reported(
    site: Site, pve: System, world: list[Record]
) -> None:
    run(site, pve, world, QUESTION)
    run(site, pve, world, unseen={"guests": "a node is silent"})
    assert conflicts(system=pve) == ["question"]
    run(site, pve, world)
    assert conflicts(system=pve) == []


def test_findings_of_one_object_are_told_apart_by_their_detail(site: Site, pve: System, world: list[Record]) -> None:
    run(site, pve, world, QUESTION, replace(QUESTION, detail="role"))
    assert conflicts(system=pve) == ["question", "question"]


def test_an_acknowledged_finding_opens_again_when_its_sides_say_something_else(
    site: Site, pve: System, world: list[Record]
) -> None:
    run(site, pve, world, QUESTION)
    Conflict.objects.update(state="acknowledged", reason="it is web")
    run(site, pve, world, QUESTION)
    assert conflicts(system=pve) == []
    run(site, pve, world, replace(QUESTION, evidence=(("inventory.md:118", "db"),)))
    row = Conflict.objects.get(system=pve)
    assert (row.state, row.reason, row.times_opened) == ("open", "", 2)
