"""What a page leaves for a person to settle: contradictions, moves, unknown hosts, guesses.

two lines name two holders of one address          contradiction
one host has two addresses in one network          question
an address is in a table of what should move       question, with the move as its cure
nobody knows who has an address                    unknown host
a gateway is only assumed                          question
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ...records import Kind
from ...snapshot import Finding, FindingKind, FindingSeverity
from .parse.page import Asks, Page, Question, Saying

ADDRESS_NOT_HOST = ("VIP", "Gateway")


def findings_of(page: Page, scope_of: dict[str, str]) -> Iterator[Finding]:
    """Yield what the page asks. `scope_of` names the scope of each part of it."""
    by_host: dict[str, list[Saying]] = defaultdict(list)
    for saying in page.sayings:
        by_host[saying.host].append(saying)
    for host, sayings in by_host.items():
        if len(holders(sayings)) > 1:
            yield _contradiction(page, host, sayings, scope_of)
    yield from _several_addresses(page, scope_of)
    yield from _questions(page, by_host, scope_of)


def holders(sayings: Iterable[Saying]) -> set[str]:
    """Return who has an address, by name where there is one; a gateway's line and a row about it do not differ."""
    return {(saying.dns_name or saying.holder).lower() for saying in sayings} - {""}


def _contradiction(page: Page, host: str, sayings: list[Saying], scope_of: dict[str, str]) -> Finding:
    names = " and ".join(dict.fromkeys(saying.dns_name or saying.holder for saying in sayings if saying.holder))
    is_vip = any(saying.role == "VIP" for saying in sayings)
    return Finding(
        kind=FindingKind.CONTRADICTION,
        severity=FindingSeverity.CRITICAL if is_vip else FindingSeverity.WARNING,
        title=f"{host} is written down for {names}",
        message=f"{page.name} gives {host} to {names}, on lines {_lines(sayings)}. The address is kept, without a "
        "name.",
        cure="Find out who has it, and correct the page.",
        subject=(Kind.ADDRESS, host),
        host=host,
        evidence=tuple(
            (page.where(saying.line), f"{saying.holder}{f', {saying.role}' if saying.role else ''}")
            for saying in sayings
            if saying.holder
        ),
        detail="holders",
        scopes=_scopes(sayings, scope_of),
    )


def _lines(sayings: list[Saying]) -> str:
    return ", ".join(str(saying.line) for saying in sayings)


def _scopes(sayings: Iterable[Saying], scope_of: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted({scope_of[saying.network] for saying in sayings}))


def _several_addresses(page: Page, scope_of: dict[str, str]) -> Iterator[Finding]:
    groups: dict[tuple[str, str], dict[str, Saying]] = defaultdict(dict)
    for saying in page.sayings:
        if saying.dns_name and saying.role not in ADDRESS_NOT_HOST:
            groups[saying.network, saying.dns_name.lower()].setdefault(saying.host, saying)
    for (network, name), sayings in groups.items():
        if len(sayings) > 1:
            yield _two_places(page, network, name, list(sayings.values()), scope_of)


def _two_places(page: Page, network: str, name: str, sayings: list[Saying], scope_of: dict[str, str]) -> Finding:
    hosts = " and ".join(saying.host for saying in sayings)
    return Finding(
        kind=FindingKind.QUESTION,
        severity=FindingSeverity.WARNING,
        title=f"{name} is at {hosts} in {network}",
        message=f"{page.name} gives {name} {len(sayings)} addresses in {network}, on lines {_lines(sayings)}.",
        cure="If it has only one of them, correct the page; the others stay taken until then.",
        subject=(Kind.ADDRESS, sayings[-1].host),
        host=sayings[-1].host,
        evidence=tuple((page.where(saying.line), saying.host) for saying in sayings),
        detail=f"places of {name}",
        scopes=_scopes(sayings, scope_of),
    )


# ------------------------------------------------------------------------------------------------------------ questions


def _questions(page: Page, known: dict[str, list[Saying]], scope_of: dict[str, str]) -> Iterator[Finding]:
    """Yield one finding for each address and what is asked of it; the first line asks, the others are evidence."""
    asked: dict[tuple[Asks, str], list[Question]] = defaultdict(list)
    for question in page.questions:
        asked[question.asks, question.host].append(question)
    for (asks, host), questions in asked.items():
        holder = next((name for name in [one.holder for one in questions] if name), "") or _holder(known.get(host, ()))
        kind, severity, title, message, cure = SENTENCES[asks](page, questions, holder)
        yield Finding(
            kind=kind,
            severity=severity,
            title=title,
            message=message,
            cure=cure,
            subject=(Kind.ADDRESS, host) if host in known else None,
            host=host,
            evidence=tuple((page.where(one.line), _evidence(one)) for one in questions),
            detail=asks.value if host in known else f"{asks.value} {host}",
            scopes=tuple(sorted({scope_of[one.part] for one in questions})),
        )


Sentence = tuple[FindingKind, FindingSeverity, str, str, str]
"""Kind, severity, title, message, cure."""


def _holder(sayings: Iterable[Saying]) -> str:
    return next((saying.holder for saying in sayings if saying.holder), "")


def _evidence(question: Question) -> str:
    return "; ".join(part for part in (question.holder, question.target, question.reason) if part) or question.host


def _should_move(page: Page, questions: list[Question], holder: str) -> Sentence:
    host = questions[0].host
    target = next((_destination(one.target) for one in questions if one.target), "")
    reason = next((one.reason for one in questions if one.reason), "")
    where = f" to {target}" if target else ""
    who = f"{holder} at {host}" if holder else host
    return (
        FindingKind.QUESTION,
        FindingSeverity.INFO,
        f"{who} should move{where}",
        f"{page.where(questions[0].line)} says that {who} should move{where}{f': {reason}' if reason else ''}.",
        "Move it with the Job “Move a guest to another network”; or, if it may stay, take the line out of the page.",
    )


def _destination(target: str) -> str:
    """Return where to, of "Move to apps" and the like."""
    _, to, place = target.partition(" to ")
    return place.strip() if to else target


def _unknown(page: Page, questions: list[Question], holder: str) -> Sentence:
    host = questions[0].host
    reason = next((one.reason for one in questions if one.reason), "")
    return (
        FindingKind.UNKNOWN_HOST,
        FindingSeverity.WARNING,
        f"Nobody knows who has {host}",
        f"{page.where(questions[0].line)}: {host} is in use, and nobody knows by whom"
        f"{f' ({reason})' if reason else ''}.",
        "Find out who it is, and write it into the table of its network.",
    )


def _assumed(page: Page, questions: list[Question], holder: str) -> Sentence:
    host, part = questions[0].host, questions[0].part
    return (
        FindingKind.QUESTION,
        FindingSeverity.INFO,
        f"The gateway of {part} is only assumed to be {host}",
        f"{page.where(questions[0].line)} says {host} ({questions[0].reason}). It is kept as Reserved.",
        "Look whether a router really has it, and take the remark out of the page.",
    )


SENTENCES = {Asks.MOVE: _should_move, Asks.UNKNOWN: _unknown, Asks.ASSUMED: _assumed}
