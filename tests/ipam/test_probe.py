"""A live check over real sockets: what answers is not given out, and what is silent is."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from nautobot_wow.errors import Unavailable
from nautobot_wow.ipam import allocator, probe
from nautobot_wow.ipam.allocator import allocate
from nautobot_wow.models import Allocation, Sighting


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as wire:
        wire.bind(("127.0.0.77", 0))
        wire.listen()
        yield wire.getsockname()[1]


@pytest.fixture
def no_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the operating system lets no ordinary process send an echo request."""

    def refused(*_: Any) -> bool:
        raise PermissionError

    monkeypatch.setattr(probe, "_echoes", refused)


def test_the_loopback_address_answers() -> None:
    assert probe.answers("127.0.0.1")


def test_an_open_port_is_somebody(no_echo: None, listener: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PORTS", (listener,))
    assert probe.answers("127.0.0.77") == f"TCP port {listener}"


def test_a_refused_connection_is_somebody_too(no_echo: None) -> None:
    assert probe.answers("127.0.0.78").startswith("TCP port")


@pytest.fixture
def silent() -> Iterator[int]:
    """A port of 127.0.0.79 that neither accepts nor refuses: its queue is full, and the kernel drops what comes."""
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(socket.socket())
        wire.bind(("127.0.0.79", 0))
        wire.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(wire.getsockname())
        time.sleep(0.05)
        yield wire.getsockname()[1]


@pytest.mark.usefixtures("no_echo")
def test_silence_is_nobody_and_takes_no_longer_than_it_may(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PORTS", (silent,))
    assert probe.answers("127.0.0.79", timeout_s=0.1) == ""


@pytest.fixture
def busy(net: Any) -> Any:
    """A profile in a network in which every address answers: the loopback network."""
    prefix = net.add_prefix("127.20.0.0/24")
    span = net.add_range("127.20.0.10", "127.20.0.12", "loopback")
    return net.add_profile("loopback", prefix, span, probe=True)


@pytest.mark.django_db
def test_an_address_that_answers_is_remembered_and_not_given_out(net: Any, busy: Any) -> None:
    with pytest.raises(Unavailable, match="no address of 127.20.0.0/24 is free") as refused:
        net.give("web", busy)
    assert refused.value.detail["passed_over"][0]["reason"] == "seen on the network"
    assert set(Sighting.objects.values_list("host", "source")) == {
        (f"127.20.0.{last}", "probe") for last in (10, 11, 12)
    }
    assert not Allocation.objects.filter(key="web").exists()


@pytest.mark.django_db
def test_a_network_full_of_strangers_is_not_searched_without_end(net: Any) -> None:
    prefix = net.add_prefix("127.21.0.0/16")
    wide = net.add_profile("wide", prefix, probe=True)
    with pytest.raises(Unavailable, match="somebody answers on 127.21.0.1"):
        net.give("web", wide)
    assert Sighting.objects.count() == allocator.PROBED


@pytest.mark.django_db
def test_the_first_silent_address_is_given(net: Any, busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answers(host: str) -> str:
        asked.append(host)
        return "" if host.endswith(".11") else "echo reply"

    monkeypatch.setattr(probe, "answers", answers)
    given, is_new = allocate(net.ask("web", busy))
    assert (given.host, is_new, asked) == ("127.20.0.11", True, ["127.20.0.10", "127.20.0.11"])


@pytest.mark.django_db
def test_who_has_an_address_already_is_not_disturbed(net: Any, busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "answers", lambda host: "")
    first = net.give("web", busy)
    monkeypatch.setattr(probe, "answers", lambda host: "echo reply")
    assert net.give("web", busy).host == first.host


@pytest.mark.django_db
def test_a_certain_address_that_answers_is_refused_with_the_reason(net: Any, busy: Any) -> None:
    with pytest.raises(Unavailable, match="seen on the network"):
        net.give("web", busy, host="127.20.0.12")


@pytest.mark.django_db
def test_without_the_wish_nobody_is_asked(net: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(host: str) -> str:
        raise AssertionError(host)

    monkeypatch.setattr(probe, "answers", never)
    assert net.give("web").host
