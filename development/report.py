"""What a person reads at the end of `up`, and when asking for the status."""

from __future__ import annotations

from typing import Any

from .main_job import Made, Run, describe


def ready(facts: dict[str, Any], password: str | None, runs: list[Run], made: list[Made]) -> str:
    """Return the report: what happened, where to look, how to end it."""
    lines = ["", *_runs(runs), *_made(made), *_places(facts, password)]
    lines += ["", "It runs until `python3 -m development down`; `status`, `logs` and `sync` look at it meanwhile."]
    return "\n".join(lines)


def _runs(runs: list[Run]) -> list[str]:
    if not runs:
        return []
    width = max(len(run.what) for run in runs)
    return ["What happened", *(f"  {run.what:<{width}}  {describe(run.summary)}" for run in runs), ""]


def _made(made: list[Made]) -> list[str]:
    if not made:
        return []
    lines = ["Guests created IP-first"]
    for guest in made:
        lines += [
            f"  {guest.name} on {guest.address}",
            f"    {' > '.join(guest.steps)}",
            f"    every step: {guest.url}",
        ]
    return [*lines, ""]


def _places(facts: dict[str, Any], password: str | None) -> list[str]:
    url = facts["url"]
    login = f"{facts['admin']['user']} / {password}   (shown only now)" if password else facts["admin"]["user"]
    rows = {
        "Nautobot": f"{url}/   log in as {login}",
        "Systems": f"{url}/plugins/wow/systems/",
        "Plans": f"{url}/plugins/wow/plans/",
        "Conflicts": f"{url}/plugins/wow/conflicts/",
        "Guests": f"{url}/virtualization/virtual-machines/",
        "Requests": f"{url}/plugins/wow/guest-requests/",
        "SSoT": f"{url}/plugins/ssot/",
    }
    for name, endpoint in facts["lab"].items():
        rows[f"Lab: {name}"] = endpoint["url"]
    return ["Where to look", *(f"  {name:<14}  {text}" for name, text in rows.items())]


def status(facts: dict[str, Any]) -> str:
    """Return which processes run, and where Nautobot is."""
    if not facts["processes"]:
        return "Nothing runs. Start everything with: python3 -m development up"
    lines = [
        f"  {name:<10} {'runs' if row['alive'] else 'DEAD'}  process {row['pid']:<8} {row['log']}"
        for name, row in facts["processes"].items()
    ]
    if "url" in facts:
        lines += ["", *_places(facts, None)]
        lines += ["", "Tokens and passwords for scripts: python3 -m development status --json"]
    return "\n".join(lines)
