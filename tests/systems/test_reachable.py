"""Waiting for a port, over real sockets."""

from __future__ import annotations

import socket
import threading

import pytest

from nautobot_wow.errors import RemoteError
from nautobot_wow.systems.reachable import wait_for_port


def test_a_port_that_opens_later_is_waited_for() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    timer = threading.Timer(0.3, listener.listen)
    timer.start()
    wait_for_port("127.0.0.1", listener.getsockname()[1], 10)
    timer.join()
    listener.close()


def test_a_port_that_stays_closed_is_an_error_in_time() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(RemoteError, match="does not answer on port"):
            wait_for_port("127.0.0.1", closed.getsockname()[1], 0.3)
