"""What the wire can do to a client: every failure is an error of ours, in time, and without the secret."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from development.lab.certificates import certificates_in
from nautobot_wow import errors
from nautobot_wow.records import GuestType
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from nautobot_wow.systems.proxmox import transport as transport_module
from nautobot_wow.systems.proxmox.client import ProxmoxClient
from tests.systems.proxmox.wire import SECRET, TOKEN, Answer, Wire, failed

StartWire = Callable[[dict[str, Any]], Wire]
VERSION = {"version": "9.1.3", "release": "9.1"}


def version_of(connection: Connection) -> dict[str, Any]:
    with ProxmoxClient(connection) as client:
        return client.version()


def failure_of(connection: Connection) -> errors.WowError:
    with pytest.raises(errors.WowError) as caught:
        version_of(connection)
    assert_no_secret(caught.value)
    return caught.value


def assert_no_secret(error: BaseException) -> None:
    """Look for the secret wherever a log or an error report would: text, repr, attributes, causes, traceback."""
    seen: list[str] = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link:
        seen += [str(link), repr(link), repr(vars(link)), repr(link.args)]
        for value in vars(link).values():
            seen.append(repr(getattr(value, "headers", "")))
        link = link.__cause__ or link.__context__
    assert not [text for text in seen if SECRET in text or "PVEAPIToken" in text]


# ------------------------------------------------------------------------------------------------- an answer


@pytest.mark.parametrize("end", ["", "/", "/api2", "/api2/json", "/api2/json/"])
def test_the_address_may_end_at_the_host_or_at_the_api(wire: StartWire, end: str) -> None:
    server = wire({"version": VERSION})
    assert version_of(server.connection(url=f"https://127.0.0.1:{server.port}{end}")) == VERSION


def test_the_token_travels_in_the_header_of_every_request(wire: StartWire) -> None:
    server = wire({"version": VERSION})
    version_of(server.connection(secret=Secret(f"{SECRET}\n")))
    assert server.tokens == {f"PVEAPIToken={TOKEN}={SECRET}"}


def test_only_so_many_questions_are_asked_at_a_time(wire: StartWire) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def enter() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.03)
        with lock:
            running[0] -= 1

    server = wire({"version": Answer(body=b'{"data":{"version":"9"}}', before=enter)})
    with ProxmoxClient(server.connection(), concurrency=3) as client:
        answers = client.concurrently(lambda number: (number, client.version()["version"]), range(12))
    assert answers == [(number, "9") for number in range(12)]
    assert most[0] == 3


# ------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("status", "reason", "expected", "words"),
    [
        (401, "authentication failure", errors.AuthenticationError, "wow@pve!reader"),
        (401, "permission denied - invalid PVE ticket", errors.AuthenticationError, "expired"),
        (403, "Permission check failed (/, Sys.Audit)", errors.Forbidden, "grant PVEAuditor"),
        (404, "Not Found", errors.NotFound, "no such thing"),
        (500, "Configuration file 'nodes/a/lxc/1.conf' does not exist", errors.NotFound, "does not exist"),
        (500, "QEMU guest agent is not running", errors.RemoteError, "QEMU guest agent is not running"),
        (400, "Parameter verification failed.", errors.RemoteError, "Parameter verification failed"),
        (501, "Method 'GET /version' not implemented", errors.RemoteError, "not implemented"),
    ],
)
def test_a_refusal_becomes_the_error_that_says_what_to_do(
    wire: StartWire, status: int, reason: str, expected: type[Exception], words: str
) -> None:
    server = wire({"version": failed(status, reason)})
    error = failure_of(server.connection())
    assert type(error) is expected
    assert str(error).startswith("wow-prox1: ")
    assert words in str(error)
    assert server.asked == ["version"], "a refusal is not asked again"


@pytest.mark.parametrize("status", [502, 503, 504, 595, 596, 599])
def test_a_node_that_is_not_reached_is_asked_again_and_then_given_up(
    wire: StartWire, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "FIRST_PAUSE_S", 0.001)
    server = wire({"version": failed(status, "No route to host")})
    assert isinstance(failure_of(server.connection()), errors.Unreachable)
    assert len(server.asked) == transport_module.ATTEMPTS


def test_a_hiccup_is_asked_again_and_forgotten(wire: StartWire) -> None:
    good = Answer(body=b'{"data":{"version":"9.1.3","release":"9.1"}}')
    server = wire({"version": [failed(595, "Connection refused"), good]})
    assert version_of(server.connection()) == VERSION


def test_errors_of_single_parameters_are_shown(wire: StartWire) -> None:
    body = b'{"data":null,"errors":{"current":"type check failed"}}'
    server = wire({"nodes/a/qemu/100/config": Answer(400, "Parameter verification failed.", body)})
    with ProxmoxClient(server.connection()) as client, pytest.raises(errors.RemoteError, match="type check failed"):
        client.guest_config("a", GuestType.VM, 100)


def test_a_server_that_repeats_the_secret_does_not_make_us_print_it(wire: StartWire) -> None:
    server = wire({"version": failed(500, f"cannot use {SECRET} here")})
    assert "cannot use *** here" in str(failure_of(server.connection()))


# --------------------------------------------------------------------------------------- what is no answer at all


@pytest.mark.parametrize(
    "body",
    [b"<html>login</html>", b"", b"null", b"[]", b'{"nodata":1}', b'{"data":[1', b'{"data":"text"}', b"\xff\xfe"],
)
def test_an_answer_that_is_not_one_of_proxmox_is_an_error_and_never_empty(wire: StartWire, body: bytes) -> None:
    server = wire({"version": Answer(body=body)})
    error = failure_of(server.connection())
    assert isinstance(error, errors.ParseError)
    assert "GET version" in str(error)


@pytest.mark.parametrize("path", ["cluster/resources", "access/acl", "cluster/status", "nodes/a/network"])
def test_null_where_a_list_belongs_is_an_error_and_never_an_empty_list(wire: StartWire, path: str) -> None:
    server = wire({path: None})
    with ProxmoxClient(server.connection()) as client:
        ask = {
            "cluster/resources": client.resources,
            "access/acl": client.access_rules,
            "cluster/status": client.cluster_status,
            "nodes/a/network": lambda: client.node_network("a"),
        }[path]
        with pytest.raises(errors.ParseError, match="should answer a list, but answered nothing"):
            ask()


@pytest.mark.parametrize("body", [b"null", b"[]", b"<html>"])
def test_an_error_with_a_strange_body_is_still_an_error_of_ours(wire: StartWire, body: bytes) -> None:
    server = wire({"version": Answer(500, "broken", body)})
    assert isinstance(failure_of(server.connection()), errors.SourceError)


def test_a_redirect_is_not_followed(wire: StartWire) -> None:
    elsewhere = wire({"stolen": VERSION})
    target = f"https://127.0.0.1:{elsewhere.port}/api2/json/stolen"
    server = wire({"version": Answer(302, "Found", headers={"Location": target})})
    assert "redirects" in str(failure_of(server.connection()))
    assert elsewhere.asked == []


def test_an_endless_answer_is_cut_off(wire: StartWire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "MAX_ANSWER_BYTES", 1 << 20)
    server = wire({"version": Answer(body=b" " * (3 << 20))})
    error = failure_of(server.connection())
    assert isinstance(error, errors.ParseError)
    assert "larger than 1 MB" in str(error)


# --------------------------------------------------------------------------------------------------- connections


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def plain(port: int, **changes: Any) -> Connection:
    values: dict[str, Any] = {"url": f"https://127.0.0.1:{port}", "timeout_s": 0.4, **changes}
    return Connection(**{"system": "wow-prox1", "username": TOKEN, "secret": Secret(SECRET), **values})


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with silent_server() as port:
        began = time.monotonic()
        error = failure_of(plain(port))
    assert isinstance(error, errors.Unreachable)
    assert time.monotonic() - began < 5


def test_a_late_answer_is_given_up_with_a_sentence_that_names_the_time_out(wire: StartWire) -> None:
    server = wire({"version": Answer(body=b"{}", before=lambda: time.sleep(1.5))})
    error = failure_of(server.connection(timeout_s=0.3))
    assert "did not answer GET version within 0.3 s" in str(error)
    assert server.asked == ["version"], "who took too long is not asked again"


def test_an_answer_that_drips_is_given_up_in_time(wire: StartWire) -> None:
    server = wire({"version": Answer(body=b" " * 1000, slowly=0.1)})
    began = time.monotonic()
    error = failure_of(server.connection(timeout_s=0.5))
    assert "within 0.5 s" in str(error)
    assert time.monotonic() - began < 5


def test_a_closed_port_is_unreachable_and_the_sentence_names_address_and_way_out(monkeypatch: Any) -> None:
    monkeypatch.setattr(transport_module, "FIRST_PAUSE_S", 0.001)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = failure_of(plain(port))
    assert isinstance(error, errors.Unreachable)
    assert f"https://127.0.0.1:{port}" in str(error)
    assert "check address, port and firewall" in str(error)


def test_a_certificate_of_another_authority_is_refused_and_the_sentence_names_tls(
    wire: StartWire, tmp_path: Path
) -> None:
    server = wire({"version": VERSION})
    error = failure_of(server.connection(ca_file=str(certificates_in(tmp_path).ca_file)))
    assert isinstance(error, errors.Unreachable)
    assert "TLS with" in str(error)
    assert "CA file" in str(error)
    assert server.asked == []


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_tls_is_verified_by_default_and_only_left_out_on_request(wire: StartWire) -> None:
    server = wire({"version": VERSION})
    assert "TLS with" in str(failure_of(server.connection(ca_file=None)))
    assert version_of(server.connection(ca_file=None, verify_tls=False)) == VERSION


def test_a_server_without_tls_is_refused_and_the_sentence_names_tls() -> None:
    def answer(server: socket.socket) -> None:
        with server.accept()[0] as caller:
            caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,), daemon=True)
        thread.start()
        error = failure_of(plain(server.getsockname()[1], timeout_s=2.0))
        thread.join()
    assert "TLS with" in str(error)


def test_an_endpoint_that_dies_while_guests_are_read_fails_the_reading_soon(
    wire: StartWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "FIRST_PAUSE_S", 0.001)
    server = wire({})
    connection = server.connection()
    server._server.shutdown()
    server._server.server_close()
    with ProxmoxClient(connection, concurrency=4) as client:

        def ask(vmid: int) -> str:
            try:
                return str(client.guest_config("a", GuestType.VM, vmid))
            except errors.Unreachable as error:
                return str(error)

        answers = client.concurrently(ask, range(100, 400))
        assert "stopped answering" in answers[-1]
        with pytest.raises(errors.Unreachable, match="stopped answering"):
            client.require_alive()


# ---------------------------------------------------------------------------------------------------- the login


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:8006",
        "10.0.0.1:8006",
        "",
        "https://",
        "https://10.0.0.1:99999",
        "https://h:8006/?x=1",
        "https://[x",
    ],
)
def test_only_an_https_address_is_an_endpoint(url: str) -> None:
    error = failure_of(plain(1, url=url))
    assert isinstance(error, errors.ConfigurationError)
    assert "https://host:8006" in str(error)


def test_credentials_in_the_address_are_refused_and_not_shown() -> None:
    error = failure_of(plain(1, url=f"https://root:{SECRET}@10.0.0.1:8006"))
    assert "holds credentials" in str(error)


@pytest.mark.parametrize("username", ["root@pam", "nautobot", "wow@pve!", "!token", f"wow@pve!t={SECRET[:4]}", ""])
def test_a_user_that_is_no_token_is_refused_with_the_right_spelling(username: str) -> None:
    assert "user@realm!tokenid" in str(failure_of(plain(1, username=username)))


@pytest.mark.parametrize(
    "secret", ["", " ", f"{SECRET}\r\nX-Evil: 1", f"{SECRET} {SECRET}", f"{SECRET}é", f"{SECRET}\x00"]
)
def test_a_secret_that_cannot_be_sent_is_refused_without_being_shown(secret: str) -> None:
    assert isinstance(failure_of(plain(1, secret=Secret(secret))), errors.ConfigurationError)


def test_a_ca_file_that_holds_no_certificate_is_a_question_of_tls(wire: StartWire, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("this is no certificate")
    assert "TLS with" in str(failure_of(wire({"version": VERSION}).connection(ca_file=str(tmp_path / "ca.pem"))))


def test_a_missing_ca_file_is_named() -> None:
    assert "/nowhere/ca.pem" in str(failure_of(plain(1, ca_file="/nowhere/ca.pem")))


# --------------------------------------------------------------------------------------------------- what is logged


def test_nothing_secret_is_logged_even_when_everything_is(wire: StartWire, caplog: pytest.LogCaptureFixture) -> None:
    server = wire({"version": VERSION, "nodes/a/qemu/100/config": {"description": "the password is hunter2"}})
    with caplog.at_level(logging.DEBUG), ProxmoxClient(server.connection()) as client:
        client.version()
        client.guest_config("a", GuestType.VM, 100)
    assert SECRET not in caplog.text
    assert "hunter2" not in caplog.text
    assert "Authorization" not in caplog.text


def test_the_clients_keep_their_loggers_quiet_when_somebody_opened_them(wire: StartWire) -> None:
    for name in transport_module.TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)
    version_of(wire({"version": VERSION}).connection())
    assert not [name for name in transport_module.TALKATIVE if logging.getLogger(name).isEnabledFor(logging.INFO)]


def test_a_reading_with_the_wrong_token_says_so(wire: StartWire) -> None:
    server = wire({"version": failed(401, "no such token")})
    with pytest.raises(errors.AuthenticationError, match="check its name, its secret"):
        PROXMOX.read(server.connection(), ProxmoxOptions())
