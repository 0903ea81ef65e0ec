"""What an operator may set on a System that is a pfSense."""

from __future__ import annotations

from pydantic import Field

from ..ssh import SshOptions


class PfsenseOptions(SshOptions):
    """Options of a pfSense System; all but the host key have a default that fits most installations."""

    device_name: str = Field(
        default="",
        max_length=255,
        description="Name of the Device in Nautobot. Empty: the host name of the box, without its domain.",
    )
    lease_addresses: bool = Field(
        default=False,
        description="Keep an IP Address in Nautobot for every lease that holds, of type DHCP. Off: leases are "
        "sightings only, and come and go without a trace in the change log.",
    )
    sudo: bool = Field(
        default=False,
        description="Read the lease files through sudo (a package of pfSense), which must let the user run /bin/ls and "
        "/bin/cat on them without a password. Kea's folders are closed to other users from pfSense 2.8.1 on.",
    )
