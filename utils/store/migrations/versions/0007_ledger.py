"""What every call was, what those of a month come to, and what is set apart for others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("owner", "key_id", "request_id", "endpoint")
        ),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("dialect", "model", "backend")
        ),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("credits", sa.Double()),
        sa.Column("approximate", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("first_byte", sa.Double()),
    )
    op.create_index("ix_calls_at", "calls", ["at"])
    op.create_index("ix_calls_owner_at", "calls", ["owner", "at"])
    op.create_index("ix_calls_model_at", "calls", ["model", "at"])
    op.create_table(
        "months",
        sa.Column("month", sa.Text(), primary_key=True),
        sa.Column("owner", sa.Text(), primary_key=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("calls", "failed", "input_tokens", "output_tokens")
        ),
        sa.Column("credits", sa.Double(), nullable=False),
        sa.Column("approximate", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("credits", sa.Double(), nullable=False),
    )
    op.create_index("ix_reservations_owner", "reservations", ["owner"])
