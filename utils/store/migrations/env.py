"""What alembic runs: every step, in the transaction that it was given."""

from alembic import context

from utils.store.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
