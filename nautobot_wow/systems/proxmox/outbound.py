"""What Proxmox VE takes of a guest's name, tags and notes, and how it gives them back. Pure."""

from __future__ import annotations

import re

from ..outbound import Outbound, Sent
from .marker import without_line
from .options import ProxmoxOptions

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
TAG = re.compile(r"[a-z0-9_][a-z0-9_+.-]*")
LONGEST_NOTES = 8192 - 64  # what the line with the request takes


def fields_of(options: ProxmoxOptions) -> frozenset[Sent]:
    """Return what the options allow to be sent."""
    return frozenset(Sent(name) for name in options.push)


def normal(field: Sent, text: str) -> str:
    """Return the text as Proxmox VE gives it back: tags in lower case, notes with plain line ends and no mark."""
    if field is Sent.TAGS:
        return text.lower()
    if field is Sent.DESCRIPTION:
        return without_line(text.replace("\r\n", "\n"))
    return text.strip()


def complaint(field: Sent, text: str) -> str:
    """Return why Proxmox VE would refuse the text, "" if it would not."""
    if field is Sent.NAME and not NAME.fullmatch(text):
        return f"{text!r} is no host name, and Proxmox VE takes no other"
    if field is Sent.TAGS and not TAG.fullmatch(text):
        return f"{text!r} cannot be a tag of Proxmox VE: letters, digits and _ - + . only"
    if field is Sent.DESCRIPTION and len(text) > LONGEST_NOTES:
        return f"the notes have {len(text)} characters; Proxmox VE takes {LONGEST_NOTES}"
    return ""


OUTBOUND = Outbound(fields=fields_of, normal=normal, complaint=complaint)
