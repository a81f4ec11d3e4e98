"""Assistants, and threads with their messages, runs and steps."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create("assistants", sa.Column("owner", sa.Text(), nullable=False))
    op.create_index("ix_assistants_owner", "assistants", ["owner"])
    _create("threads", sa.Column("owner", sa.Text(), nullable=False))
    _create(
        "thread_messages",
        _within("thread", "threads"),
        sa.Column("run", sa.Text(), nullable=False),
    )
    op.create_index("ix_thread_messages_thread", "thread_messages", ["thread"])
    _create(
        "runs",
        _within("thread", "threads"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_runs_thread", "runs", ["thread"])
    _create("run_steps", _within("run", "runs"))
    op.create_index("ix_run_steps_run", "run_steps", ["run"])


def _create(name: str, *columns: sa.Column[Any]) -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        name,
        sa.Column("number", number, primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("body", sa.Text(), nullable=False),
        *columns,
    )


def _within(name: str, table: str) -> sa.Column[str]:
    whole = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.Text(), whole, nullable=False)
