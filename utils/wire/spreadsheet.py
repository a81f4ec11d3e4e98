"""Tables for spreadsheets, as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

CSV = "text/csv"
# Where one begins: also behind what some spreadsheets take for the end of a cell, and with the
# wide signs of East Asian keyboards.
FORMULA = re.compile(r"(^|[;|\t\r\n])(?=\s*[=+\-@＝＋－＠])|^(?=[\t\r\n])")  # noqa: RUF001


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
    return FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
