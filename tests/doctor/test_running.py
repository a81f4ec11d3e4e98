"""What `flask doctor` tells of a relay that serves already."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.doctor.conftest import Doctor
from utils.domain.callers import Grant


def test_a_chat_goes_through_a_running_relay(
    doctor: Doctor, relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with()
    relay.get("/v1/models")  # so that its catalog is live
    told = doctor(PORT=str(relay.port))
    assert told.status("running relay") == "ok"
    assert relay.url in told.said("running relay")
    assert told.status("chat through it") == "ok"


@pytest.mark.long
def test_what_a_running_relay_lacks_is_told(
    doctor: Doctor, relay_with: RelayFactory, tmp_path: Path
) -> None:
    relay = relay_with(database_url=f"sqlite:///{tmp_path}")
    told = doctor("--free", PORT=str(relay.port))
    assert told.status("running relay") == "warning"
    assert "database away" in told.said("running relay")
    assert "ledger" not in told.said("running relay")  # which is well


@pytest.mark.long
def test_a_key_of_the_relay_is_for_the_running_one(
    doctor: Doctor, relay_with: RelayFactory
) -> None:
    relay = relay_with(one_min_api_keys=("the-relays-own-key",), allow_passthrough=False)
    closed = {"PORT": str(relay.port), "ALLOW_PASSTHROUGH": "false"}
    assert "--key" in doctor(**closed).said("chat through it")
    _, secret = relay.services.keys.create("a", Grant())
    told = doctor("--key", **closed, ONE_MIN_API_KEY=secret)
    assert (told.status("key"), told.status("chat through it")) == ("ok", "ok")
    assert secret not in told.text


def test_somebody_else_on_its_port_is_told(doctor: Doctor, onemin: Simulator) -> None:
    told = doctor("--free", PORT=onemin.url.rpartition(":")[2])
    assert told.status("running relay") == "failed"
    assert "PORT" in told.said("running relay")


@pytest.mark.long
def test_somebody_silent_on_its_port_is_told(doctor: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = doctor("--free", "--timeout", "2", PORT=str(silent.getsockname()[1]))
    assert told.status("running relay") == "failed"
