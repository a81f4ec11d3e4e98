"""relay.yaml read anew again and again, while everybody calls."""

from __future__ import annotations

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.serving import HEADERS, Relay, process

pytestmark = [pytest.mark.fault(96, 100), pytest.mark.long]

GOOD = "aliases: {{fast: gpt-4o-mini, name-{number}: gpt-4o}}\n"
BROKEN = "aliases: [nonsense\n"


def calls(port: int, until: float) -> Counter[str]:
    """How each ended: a stream's last word, or a status."""
    told: Counter[str] = Counter()
    relay = Relay(port)
    while time.monotonic() < until:
        reply = relay.chat(model="fast", stream=True)
        told[reply.text[-14:] if reply.status_code == 200 else str(reply.status_code)] += 1
        told[str(relay.get("/v1/models", headers=HEADERS).status_code)] += 1
    relay.session.close()
    return told


@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_call_is_lost_and_a_broken_file_is_told_and_not_used(
    onemin: Simulator, tmp_path: Path, workers: str
) -> None:
    path, new = tmp_path / "relay.yaml", tmp_path / "new.yaml"
    path.write_text(GOOD.format(number=0))
    settings = {"WORKERS": workers, "CONFIG_FILE": str(path), "PYTHONDEVMODE": ""}
    with process(onemin.url, tmp_path, **settings) as relay, ThreadPoolExecutor(8) as pool:
        assert relay.chat(model="fast").status_code == 200
        until = time.monotonic() + 4
        calling = [pool.submit(calls, relay.port, until) for _ in range(8)]
        number = 0
        while time.monotonic() < until:
            number += 1
            new.write_text(BROKEN if number % 3 == 0 else GOOD.format(number=number))
            new.replace(path)
            relay.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)
        told = sum((each.result() for each in calling), Counter[str]())
        assert set(told) == {"data: [DONE]\n\n", "200"}
        assert relay.process.poll() is None
        log = relay.log.read_text()
        assert "relay.yaml was read anew" in log
        assert "what it said before stays in use" in log
        assert relay.end() == 0
