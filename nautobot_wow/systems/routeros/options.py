"""What an operator may set on a System that is a router or switch with RouterOS."""

from __future__ import annotations

from pydantic import Field

from ..kind import Options


class RouterOsOptions(Options):
    """Options of a MikroTik RouterOS System."""

    allow_plaintext: bool = Field(
        default=False,
        description="Whether the URL may be http://host:8728: the password and all answers then cross the network "
        "unencrypted. Rather give the router a certificate and use https://host:8729.",
    )
    allow_anonymous_tls: bool = Field(
        default=False,
        description="Whether a router may be asked whose service api-ssl has no certificate. The connection is "
        "encrypted, but nobody knows with whom. Rather give the router a certificate.",
    )
