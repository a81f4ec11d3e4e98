"""Tables for spreadsheets, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what one begins with


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is in a field `a` under `b` becomes `a_b`."""
    told: dict[str, Any] = {}
    for name, value in row.items():
        inner = flat(value) if isinstance(value, Mapping) else {"": value}
        told |= {"_".join(filter(None, (name, part))): one for part, one in inner.items()}
    return told


def spreadsheet(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """In it no text is a formula, whoever chose it."""
    written = StringIO()
    writer = csv.DictWriter(written, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(value) for name, value in flat(row).items()})
    return written.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
