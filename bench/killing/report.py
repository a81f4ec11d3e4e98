"""A run as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.killing.run import FIRST, LONGEST, Run

PLACE = Path(__file__).parent.parent / "results" / "kills.md"
NOTE = f"""\
One relay after the other on the same SQLite database, folder of files and Memcached; eight
callers chat, stream, draw, keep and delete responses, conversations, files and uploads, and a
ninth asks as often as its limit lets it. SIGKILL comes at a random moment of up to
{LONGEST:g} s of calls, or of a start (the first {FIRST} of a new database). The next relay is
then looked at before anybody calls it:

- the database is whole, and each row agrees with the others: months with calls, uploads with
  their parts, responses and conversations with their items;
- each row of a file has its bytes; bytes without a row are known to be unsettled, and are gone
  after the hour that takes;
- each list of files is the same from Memcached and from the database;
- what a caller was told is kept is there as it was, what is deleted is not;
- no call is in the ledger twice, or was not made; 1min.ai was asked once for each;
- the limited key was granted no more in a minute than its limit.

What the ledger may lose are calls whose relay was killed between their last byte and their end.
"""


def text(about: Mapping[str, Any], run: Run) -> str:
    """Markdown that can be read as it is."""
    oldest = max([0.0, *run.unbooked]) * 1000
    wrong = "".join(f"- {line}\n" for line in run.wrong) or "Nothing was wrong.\n"
    versions = about["versions"]
    return f"""\
# Killed at {run.moments} random moments

{about["date"]}; {about["system"]}, {about["cpus"]} CPUs; Python {versions["Python"]}, \
sqlalchemy {versions["sqlalchemy"]}

{run.moments} moments, {run.starts} of them in a start. {run.asked:,} requests; \
{run.paid:,} calls of 1min.ai; {run.booked:,} answered calls are in the ledger, \
{len(run.unbooked)} are not, whose answers ended {oldest:.0f} ms before the kill or later. \
{run.files:,} files at the end.

{wrong}
{NOTE}"""


def write(text: str) -> None:
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(text)
