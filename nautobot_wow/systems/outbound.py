"""What of guests may be sent to a kind of system, and how it would keep what is sent. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Sent(str, Enum):
    """What may be sent of a guest."""

    NAME = "name"
    TAGS = "tags"
    DESCRIPTION = "description"


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """How a kind of system takes what people changed in Nautobot.

    `fields(options)` are those that its options name; none means that nothing is ever sent.
    `normal(field, text)` is the text as the system would give it back; of TAGS one tag at a time.
    `complaint(field, text)` says why the system would not take it, "" if it would.
    """

    fields: Callable[[Any], frozenset[Sent]]
    normal: Callable[[Sent, str], str]
    complaint: Callable[[Sent, str], str]
