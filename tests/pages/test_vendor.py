"""Others' code in the pages: what it is, and that it is that."""

from __future__ import annotations

import hashlib

from tests.pages.vendor import FOLDER, PACKAGES, SUMS


def test_each_file_has_the_sum_that_was_accepted() -> None:
    lines = (FOLDER / SUMS).read_text().splitlines()
    accepted = {name: known for known, name in (line.split("  ") for line in lines)}
    found = {path.name for path in FOLDER.iterdir()} - {SUMS}
    assert found == set(accepted)
    for name, known in accepted.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == known, name


def test_each_library_comes_with_its_licence() -> None:
    for package in PACKAGES:
        assert any(name.endswith(".LICENSE") for name in package.files), package.name
