"""Things go wrong on purpose, for the requests they were meant for and so many times."""

import pytest
import requests

from development.lab.world import WorldError

RESOURCES = r"GET /cluster/resources"


def test_a_status_is_answered_so_many_times(ask, lab):
    lab.change("fault", action="status", path=RESOURCES, status=503, reason="Service Unavailable", times=2)
    assert [ask("/cluster/resources").status_code for _ in range(3)] == [503, 503, 200]
    assert ask("/version").status_code == 200


def test_a_delay_outlasts_a_client_that_does_not_wait(lab):
    lab.change("fault", action="delay", path=r"GET /version", seconds=1.0)
    with pytest.raises(requests.Timeout):
        requests.get(f"{lab.url}/api2/json/version", headers=lab.header(), verify=lab.ca_file, timeout=0.2)


def test_a_dropped_connection_answers_nothing(ask, lab):
    lab.change("fault", action="drop", path=RESOURCES, times=1)
    with pytest.raises(requests.ConnectionError):
        ask("/cluster/resources")
    assert ask("/cluster/resources").status_code == 200


def test_half_of_the_rows_are_missing(ask, lab):
    whole = ask("/cluster/resources").json()["data"]
    lab.change("fault", action="half", path=RESOURCES)
    assert ask("/cluster/resources").json()["data"] == whole[::2]


@pytest.mark.parametrize(("action", "data"), [("empty", []), ("null", None)])
def test_nothing_with_200(ask, lab, action, data):
    lab.change("fault", action=action, path=RESOURCES)
    answer = ask("/cluster/resources")
    assert (answer.status_code, answer.json()["data"]) == (200, data)


def test_rows_without_names(ask, lab):
    lab.change("fault", action="nameless", path=RESOURCES)
    rows = [row for row in ask("/cluster/resources").json()["data"] if row["type"] in ("qemu", "lxc")]
    assert rows
    assert all("name" not in row and row["status"] == "unknown" for row in rows)


def test_a_row_that_is_no_object(ask, lab):
    lab.change("fault", action="malformed", path=RESOURCES)
    rows = ask("/cluster/resources").json()["data"]
    assert isinstance(rows[0], str)
    assert isinstance(rows[1], dict)


def test_a_body_that_is_no_json(ask, lab):
    lab.change("fault", action="not_json", path=RESOURCES)
    answer = ask("/cluster/resources")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


def test_a_guest_vanishes_between_the_list_and_its_detail(ask, lab):
    lab.change("fault", action="vanish", path=RESOURCES, guest=300, times=1)
    assert "qemu/300" in [row["id"] for row in ask("/cluster/resources").json()["data"]]
    assert ask("/nodes/wow-prox1/qemu/300/config").status_code == 500


def test_faults_can_be_taken_back(ask, lab):
    lab.change("fault", action="status", path=".")
    lab.change("clear_faults")
    assert ask("/version").status_code == 200


def test_a_fault_that_does_not_exist_is_refused(lab):
    with pytest.raises(WorldError, match="there is no fault 'melt'"):
        lab.change("fault", action="melt", path=".")
