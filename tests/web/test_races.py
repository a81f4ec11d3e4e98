"""What a thread does between two steps of the loop's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import RelayFactory
from tests.raw import connected, read_until
from tests.serving import KEY

LISTS = (
    f"GET /v1/models HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
)


@pytest.fixture
def _restless() -> Iterator[None]:
    """Threads take turns at nearly every step, as on a machine that has much to do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_restless")
def test_a_kept_connection_is_heard_again_after_a_thread_has_answered(
    relay_with: RelayFactory,
) -> None:
    relay = relay_with()
    relay.get("/v1/models")

    def ask(_: int) -> bool:
        with connected(relay.port) as client:
            for _ in range(60):
                client.sendall(LISTS)
                if b"200 OK" not in read_until(client, b"]}"):
                    return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(ask, range(6)))
