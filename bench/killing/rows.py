"""What has to hold in the relay's database and its folder of files, whoever wrote last."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Set
from contextlib import closing
from hashlib import sha256
from pathlib import Path

LONGEST = 4 * 900  # seconds for which something may be set apart for a call
ROUNDING = 1e-6  # of a sum of credits

# Each finds what must not be.
WRONG = {
    "a row of a file without its owner's": """
        SELECT id FROM files WHERE owner NOT IN (SELECT owner FROM file_owners)""",
    "an upload whose parts are not what it says": """
        SELECT id FROM uploads WHERE status = 'pending' AND received != (
            SELECT coalesce(sum(size), 0) FROM upload_parts WHERE upload = uploads.id)""",
    "an upload that is over and has parts": """
        SELECT id FROM uploads WHERE status != 'pending'
        AND id IN (SELECT upload FROM upload_parts)""",
    "an upload that is whole without a file": """
        SELECT id FROM uploads WHERE (status = 'completed') != (file IS NOT NULL)""",
    "a response that is not JSON": """
        SELECT id FROM responses WHERE NOT json_valid(body)""",
    "a response that is neither under way nor over": """
        SELECT id FROM responses WHERE status NOT IN
        ('queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled', 'deleted')
        OR (status != 'deleted' AND json_extract(body, '$.status') != status)""",
    "a response without what was said": """
        SELECT id FROM responses WHERE status = 'completed' AND (SELECT count(DISTINCT side)
        FROM response_items WHERE response = responses.id) != 2""",
    "a side of a response with a hole": """
        SELECT response FROM response_items GROUP BY response, side
        HAVING max(position) != count(*) - 1""",
    "an item that is not JSON": """
        SELECT item FROM response_items WHERE NOT json_valid(body)
        UNION SELECT item FROM conversation_items WHERE NOT json_valid(body)""",
    "a conversation with more than it says": """
        SELECT id FROM conversations WHERE length <= (SELECT max(position)
        FROM conversation_items WHERE conversation = conversations.id)""",
    "a question of a conversation without its answer": """
        SELECT id FROM conversations WHERE (SELECT count(*) FROM conversation_items
        WHERE conversation = conversations.id) % 2""",
    "a call that is told twice": """
        SELECT request_id FROM calls GROUP BY request_id HAVING count(*) > 1""",
    "a call that cannot be": """
        SELECT request_id FROM calls WHERE at > :now OR seconds < 0 OR credits < 0
        OR input_tokens < 0 OR output_tokens < 0 OR status NOT BETWEEN 200 AND 599
        OR (status = 200 AND (model = '' OR source = ''))""",
    "a month that is not the sum of its calls": f"""
        WITH sums AS (
            SELECT strftime('%Y-%m', at / 1000, 'unixepoch') AS month, owner,
                count(*) AS calls, sum(status >= 400) AS failed,
                sum(input_tokens) AS input, sum(output_tokens) AS output,
                sum(coalesce(credits, 0)) AS credits, sum(approximate) AS approximate
            FROM calls GROUP BY 1, 2)
        SELECT owner FROM months LEFT JOIN sums USING (month, owner)
        WHERE months.calls != coalesce(sums.calls, 0)
        OR months.failed != coalesce(sums.failed, 0)
        OR input_tokens != coalesce(input, 0) OR output_tokens != coalesce(output, 0)
        OR months.approximate != coalesce(sums.approximate, 0)
        OR abs(months.credits - coalesce(sums.credits, 0)) > {ROUNDING} * months.credits""",
    "calls without a month": """
        SELECT owner FROM calls WHERE (strftime('%Y-%m', at / 1000, 'unixepoch'), owner)
        NOT IN (SELECT month, owner FROM months)""",
    "something set apart for too long": """
        SELECT id FROM reservations WHERE until > :now + 1000 * :longest
        OR tokens < 0 OR credits < 0""",
}


def wrong(database: Path) -> Iterator[str]:
    """Of a relay that nobody calls."""
    with closing(_opened(database)) as connection:
        for pragma in ("integrity_check", "foreign_key_check"):
            for row in connection.execute(f"PRAGMA {pragma}"):
                if row != ("ok",):
                    yield f"{pragma}: {row}"
        told = {"now": time.time() * 1000, "longest": LONGEST}
        for what, statement in WRONG.items():
            named = {name: value for name, value in told.items() if f":{name}" in statement}
            for row in connection.execute(statement, named):
                yield f"{what}: {row[0]}"


def wrong_files(database: Path, folder: Path) -> Iterator[str]:
    """A row without its bytes, or bytes that nobody would ever remove."""
    with closing(_opened(database)) as connection:
        rows = connection.execute("SELECT id, size, sha256 FROM files").fetchall()
        parts = connection.execute("SELECT id, size, '' FROM upload_parts").fetchall()
    there = {path.name for path in folder.glob("[fp]*")}
    for id, size, digest in (*rows, *parts):
        if id not in there:
            yield f"a row without its bytes: {id}"
        elif len(data := (folder / id).read_bytes()) != size or (
            digest and sha256(data).hexdigest() != digest
        ):
            yield f"other bytes than the row says: {id}"
    unsettled = {path.name for path in (folder / "unsettled").glob("*")}
    for id in there - {row[0] for row in (*rows, *parts)} - unsettled:
        yield f"bytes that stay for good: {id}"


def calls(database: Path) -> Set[str]:
    """The ids of all requests in the ledger."""
    with closing(_opened(database)) as connection:
        return {id for (id,) in connection.execute("SELECT request_id FROM calls")}


def files(database: Path) -> Set[str]:
    with closing(_opened(database)) as connection:
        return {id for (id,) in connection.execute("SELECT id FROM files")}


def contents(database: Path) -> Set[str]:
    """The names of all bytes that have a row."""
    with closing(_opened(database)) as connection:
        rows = "SELECT id FROM files UNION SELECT id FROM upload_parts"
        return {id for (id,) in connection.execute(rows)}


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)
