"""Packages whose older versions have holes that are known."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.test_deployment import pins

# Requests smuggled and sockets exhausted in waitress (CVE-2024-49768, -49769); origins and
# paths misread in flask-cors (CVE-2024-1681, -6221, -6839, -6844, -6866); forms without end in
# Werkzeug (CVE-2023-25577), and names of devices.
FLOORS = {"waitress": (3, 0, 1), "flask-cors": (6, 0, 0), "werkzeug": (3, 1, 4)}


@pytest.mark.parametrize("name", FLOORS)
def test_no_package_with_a_known_hole_is_served(name: str) -> None:
    """The pins are all that is ever installed, with their hashes: the start need not look."""
    pinned = dict(pin.split("==") for pin in pins("requirements.txt"))[name]
    for served in (pinned, version(name)):
        assert tuple(map(int, served.split("."))) >= FLOORS[name]
