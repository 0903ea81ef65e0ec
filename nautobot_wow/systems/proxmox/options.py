"""What an operator may set on a System that is a Proxmox VE."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from ..kind import Options
from ..provisioner import House

POOL = r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,2}$"
GuestTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_+.-]*$", max_length=100)]
Pushed = Literal["name", "tags", "description"]


class ProxmoxOptions(Options):
    """Options of a Proxmox VE System; all have a default that suits a small data centre."""

    concurrency: int = Field(
        default=8,
        ge=1,
        le=32,
        description="How many guests are asked at the same time. Each question is one request to the endpoint.",
    )
    cluster_name: str | None = Field(
        default=None,
        max_length=100,
        description="Name of the Cluster in Nautobot. Empty: the cluster's own name, or that of a standalone node.",
    )

    push: list[Pushed] = Field(
        default=[],
        description="What people change of guests in Nautobot and the Job Sync to system may send to Proxmox VE: "
        "any of name, tags, description. Empty: nothing is ever sent.",
    )

    pool: str | None = Field(
        default=None,
        pattern=POOL,
        description="Pool that guests are created in; it must be there already. Empty: none.",
    )
    guest_tags: list[GuestTag] = Field(
        default=[],
        description='Tags that guests get when they are created, such as ["nautobot"]. Empty: none.',
    )

    def house(self) -> House:
        """Return the pool and the tags of every guest that is created."""
        return House(pool=self.pool or "", tags=tuple(self.guest_tags))

    @field_validator("pool", mode="before")
    @classmethod
    def _no_pool_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("guest_tags")
    @classmethod
    def _as_kept(cls, value: list[str]) -> list[str]:
        """Return them as Proxmox VE keeps them: in lower case, each once."""
        return sorted({tag.lower() for tag in value})

    @field_validator("cluster_name")
    @classmethod
    def _blank_is_none(cls, value: str | None) -> str | None:
        return (value or "").strip() or None
