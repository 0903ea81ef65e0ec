"""Whether a port answers, over real sockets."""

from __future__ import annotations

import socket

from nautobot_wow.systems.reachable import why_silent


def test_a_port_that_is_open_is_not_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert why_silent("127.0.0.1", listener.getsockname()[1]) == ""


def test_a_port_that_is_closed_says_why() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert "refused" in why_silent("127.0.0.1", closed.getsockname()[1], 0.3)
