from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.nginx import Nginx

NginxFactory = Callable[..., Nginx]


@pytest.fixture
def nginx_with() -> Iterator[NginxFactory]:
    """In front of these ports; stopped when the test is over."""
    running: list[Nginx] = []

    def start(*ports: int, **options: Any) -> Nginx:
        running.append(Nginx(ports, **options))
        return running[-1]

    yield start
    for nginx in running:
        nginx.stop()
