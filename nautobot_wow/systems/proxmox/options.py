"""What an operator may set on a System that is a Proxmox VE."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from ..kind import Options

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

    @field_validator("cluster_name")
    @classmethod
    def _blank_is_none(cls, value: str | None) -> str | None:
        return (value or "").strip() or None
