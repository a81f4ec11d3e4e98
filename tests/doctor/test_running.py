"""What `flask doctor` tells of a relay that serves already."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.doctor.conftest import KEY, Doctor
from tests.doctor.impostor import Impostor
from utils.domain.callers import Grant


def test_a_chat_goes_through_a_running_relay(
    doctor: Doctor, relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with()
    relay.get("/v1/models")  # so that its catalog is live
    told = doctor("--key", PORT=str(relay.port), ONE_MIN_API_KEY=KEY)
    assert told.status("running relay") == "ok"
    assert relay.url in told.said("running relay")
    assert told.status("chat through it") == "ok"


def test_no_key_of_the_settings_is_sent_to_what_has_the_port(doctor: Doctor) -> None:
    """While the relay is down, any user of this machine may listen there."""
    with Impostor({"status": "ok"}) as impostor:
        told = doctor(PORT=str(impostor.server_port))
    assert told.status("chat") == "ok"
    assert told.status("running relay") == "ok"
    assert told.status("chat through it") == "skipped"
    assert "--key" in told.said("chat through it")
    assert len(impostor.heard) == 2
    assert KEY not in "".join(impostor.heard)


def test_what_an_impostor_says_forges_no_line(doctor: Doctor) -> None:
    name = f"\x1b[2J\nok       key                1min.ai accepts it\r{KEY}"
    with Impostor({"status": "degraded\x07", "checks": {name: ["a\n"]}}) as impostor:
        told = doctor("--free", PORT=str(impostor.server_port))
    assert told.status("running relay") == "warning"
    assert told.said("running relay").isprintable()
    assert KEY not in told.text


@pytest.mark.long
def test_what_a_running_relay_lacks_is_told(
    doctor: Doctor, relay_with: RelayFactory, tmp_path: Path
) -> None:
    relay = relay_with(database_url=f"sqlite:///{tmp_path}")
    told = doctor("--free", PORT=str(relay.port))
    assert told.status("running relay") == "warning"
    assert "database away" in told.said("running relay")
    assert "relay keys cannot be looked up" in told.said("running relay")
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
