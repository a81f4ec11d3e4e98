"""The order in which calls were booked; the latest of those that are there get a number."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NUMBERED = 10_000  # all of a large table would take too long

_NUMBER = f"""
    UPDATE calls SET number = latest.place FROM (
        SELECT id, row_number() OVER (ORDER BY at) AS place
        FROM (SELECT id, at FROM calls ORDER BY at DESC LIMIT {NUMBERED}) AS newest
    ) AS latest
    WHERE latest.id = calls.id
"""


def upgrade() -> None:
    op.add_column("calls", sa.Column("number", sa.BigInteger()))
    op.execute(_NUMBER)
    op.create_index("ix_calls_number", "calls", ["number"])
    op.create_table("numbering", sa.Column("last", sa.BigInteger(), nullable=False))
    op.execute("INSERT INTO numbering SELECT count(number) FROM calls")
