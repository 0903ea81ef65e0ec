"""What each step of a request does, in the words of a person who follows it."""

from __future__ import annotations

from ..choices import RequestAction

UNDOING = "undoing: "
"""What the flow says before the name of a step that it undoes."""

WORDS: dict[str, dict[str, str]] = {
    RequestAction.CREATE: {
        "preflight": "Check that it can be created",
        "address": "Hold an address of the network, one of each family",
        "numbers": "Choose VMID and MAC address",
        "guest": "Create the guest",
        "settings": "Set size, network and access",
        "snapshot": "Take the first snapshot, if the policy wants one",
        "start": "Start it",
        "check": "Wait until it reports its addresses",
        "record": "Register it in Nautobot",
        "snapshot after": "Take the last snapshot, if the policy wants one",
    },
    RequestAction.MOVE: {
        "now": "Note what it has now",
        "address": "Hold an address of the new network, one of each family",
        "card": "Change its network card",
        "check": "Wait until it reports its new addresses",
        "record": "Register the change in Nautobot",
        "old address": "Give the old addresses back, to rest",
    },
    RequestAction.DECOMMISSION: {
        "guest": "Check that it is the guest that is meant",
        "stop": "Stop it",
        "backup": "Back it up, if that was asked for",
        "destroy": "Destroy it with its disks",
        "record": "Take its records away",
        "addresses": "Give its addresses back, to rest",
    },
}
"""By action and step, in the order of the steps."""


def in_words(action: str, step: str) -> str:
    """Return what a step does; a step that is not known by its name."""
    return WORDS.get(action, {}).get(step, step)


def told(action: str, text: str) -> str:
    """Return what a flow tells as a person reads it: names of steps as what they do, all else as it is."""
    if text.startswith(UNDOING):
        return f"Undo: {in_words(action, text.removeprefix(UNDOING))}"
    return in_words(action, text)
