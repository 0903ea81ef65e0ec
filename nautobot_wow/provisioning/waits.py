"""Waiting for a guest, bounded, and so that whoever follows the request sees that something is waited for.

Every wait ends: with what was waited for, or with an error that says what was missing. Then the request is undone like
after any other failure; a worker that is killed while it waits is followed by one that waits anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import RemoteError
from ..systems.reachable import why_silent
from .addresses import listed
from .flow import Work

BOOT_S = 300.0
"""How long a guest may take to come up, for each thing that is waited for."""
PAUSE_S = 2.0
TELL_EVERY_S = 10.0
SSH = 22


@dataclass(kw_only=True)
class Watch:
    """Tries until the time is over, with a pause after each but the first; now and then it says what it waits for.

    `seen` is what the last try found, in words; whoever tries keeps it up to date.
    """

    work: Work
    step: str
    what: str
    seen: str = ""

    def __iter__(self) -> Iterator[None]:
        began = told = time.monotonic()
        while True:
            yield
            now = time.monotonic()
            if now >= began + within_s(self.work):
                return
            if now >= told + self.work.facts.get("tell_s", TELL_EVERY_S):
                told = now
                self._tell(f"{self.what}, for {now - began:.0f} s{f' ({self.seen})' if self.seen else ''}")
            time.sleep(self.work.facts.get("pause_s", PAUSE_S))

    def _tell(self, text: str) -> None:
        """Say it in the log of the Job, and on the page of the request."""
        self.work.request.note(self.step, waiting=text)
        self.work.tell(f"Waiting {text}")


def within_s(work: Work) -> float:
    """Return how many seconds a wait may take."""
    return float(work.facts.get("boot_s", BOOT_S))


def reported(work: Work, step: str, wanted: set[str], gone: frozenset[str] = frozenset()) -> set[str]:
    """Return what the guest reports: all the wanted addresses and none that is gone, or what it said last."""
    said: set[str] = set()
    watch = Watch(work=work, step=step, what=f"until it reports {listed(wanted)}")
    for _ in watch:
        found = work.provisioner.addresses(work.request.vmid, work.request.mac)
        said = set(found) if found is not None else said
        if has_arrived(said, wanted, gone):
            break
        watch.seen = f"it reports {listed(said)}" if found is not None else "it says nothing of its addresses"
    return said


def has_arrived(said: set[str], wanted: set[str], gone: frozenset[str] = frozenset()) -> bool:
    """Tell whether a guest has all that it was given, and nothing that was taken from it."""
    return wanted <= said and not said & gone


def for_ssh(work: Work, step: str, host: str) -> None:
    """Return when SSH answers; raise RemoteError if it does not in time."""
    watch = Watch(work=work, step=step, what=f"for SSH on {host}")
    for _ in watch:
        watch.seen = why_silent(host, SSH)
        if not watch.seen:
            return
    raise RemoteError(
        f"{work.request.name}: {host} does not answer on port {SSH} within {within_s(work):g} s ({watch.seen}); the "
        "workers of Nautobot must reach the network of the guest"
    )


def for_cloud_init(work: Work, step: str) -> str:
    """Return how it is known that cloud-init is done, or why it cannot be known; raise RemoteError if it never is."""
    for _ in Watch(work=work, step=step, what="for cloud-init to be done"):
        done = work.provisioner.cloud_init_done(work.request.vmid)
        if done is not False:
            return "done" if done else "cannot be asked: a container, or the guest agent gives no file"
    raise RemoteError(f"{work.request.name}: cloud-init was not done within {within_s(work):g} s")
