"""What an operator may set on a System that is a switch of the SG300 family."""

from __future__ import annotations

from pydantic import Field

from ..ssh import SshOptions


class Sg300Options(SshOptions):
    """Options of a Cisco SG300: whose key it must show, and what else is read of it."""

    read_running_config: bool = Field(
        default=True,
        description="Whether the running configuration is read where the user may (privilege 15). It gives full names "
        "of VLANs and the members of port channels. Nothing else of it is looked at, and nothing is kept.",
    )
