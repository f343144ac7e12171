"""Create the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_what_is_known()
    create_what_is_agreed()
    create_what_is_done()
    create_what_is_consented()


def downgrade() -> None:
    for table in [
        "audit",
        "consent_event",
        "reaches",
        "identifier",
        "outbox",
        "plan_item",
        "plan",
        "decision",
        "conflict",
        "value",
        "customer",
        "quarantine",
        "hint",
        "delivery",
        "match_key",
        "record",
        "cursor",
        "run",
        "lease",
    ]:
        op.drop_table(table)


def create_partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def create_what_is_known() -> None:
    """The working memory: who writes, what was read, where to resume."""
    op.create_table(
        "lease",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", name="pk_lease"),
    )
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_table(
        "cursor",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("full_scan_at", sa.Text()),
        sa.Column("full_scan_count", sa.Integer()),
        sa.Column("as_of", sa.Text()),
        sa.Column("mapping", sa.Text()),
        sa.Column("shape", sa.LargeBinary()),
        sa.Column("drift", sa.Text()),
        sa.PrimaryKeyConstraint("system", "entity", name="pk_cursor"),
    )
    op.create_table(
        "record",
        sa.Column("rid", ID, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("presence", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer", ID),
        sa.Column("role", sa.Text()),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("link_rule", sa.Text()),
        sa.Column("held", sa.Integer(), server_default="0", nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text()),
        sa.Column("modified_at", sa.Text()),
        sa.Column("read_at", sa.Text(), nullable=False),
        sa.Column("first_read_at", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("changed", sa.LargeBinary()),
        sa.Column("invalid", sa.LargeBinary()),
        sa.Column("base", sa.LargeBinary()),
        sa.Column("claims", sa.Text()),
        sa.Column("missed", ID),
        sa.Column("merged_into", sa.Text()),
        sa.PrimaryKeyConstraint("rid", name="pk_record"),
        sa.UniqueConstraint("entity", "system", "id", name="uq_record_entity_system_id"),
    )
    create_partial_index("ix_record_customer", "record", ["customer"], where="customer is not null")
    linked = "customer is not null and presence = 'present'"
    create_partial_index("ix_record_linked", "record", ["entity", "system"], where=linked)
    create_partial_index("ix_record_merged", "record", ["entity", "system"], where="merged_into is not null")
    create_partial_index("ix_record_missed", "record", ["entity", "system"], where="presence = 'invisible'")
    create_partial_index("ix_record_touched", "record", ["entity", "customer"], where="touched = 1")
    op.create_table(
        "match_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("rid", ID, nullable=False),
        sa.ForeignKeyConstraint(["rid"], ["record.rid"], name="fk_match_key_rid", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "rid", name="pk_match_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_match_key_rid", "match_key", ["rid"])
    op.create_table(
        "quarantine",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run", ID, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "system", "id", name="pk_quarantine"),
    )
    op.create_table(
        "hint",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.Text(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "system", "record", name="pk_hint"),
    )
    op.create_table(
        "delivery",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("system", "number", name="pk_delivery"),
    )


def create_what_is_agreed() -> None:
    """Customers and what was said about them."""
    op.create_table(
        "customer",
        sa.Column("id", ID, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into", ID),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("golden", sa.LargeBinary()),
        sa.Column("lineage", sa.LargeBinary()),
        sa.Column("holds", sa.LargeBinary()),
        sa.Column("locks", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sqlite_autoincrement=True,
    )
    create_partial_index("ix_customer_provisional", "customer", ["entity"], where="rev = 0")
    op.create_table(
        "value",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer", ID, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_value"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_value_customer", "value", ["customer"])
    op.create_table(
        "conflict",
        sa.Column("id", ID, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("customer", ID, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), server_default="", nullable=False),
        sa.Column("cls", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("candidates", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("opened_run", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text()),
        sa.Column("closed_run", ID),
        sa.PrimaryKeyConstraint("id", name="pk_conflict"),
        sqlite_autoincrement=True,
    )
    create_partial_index("ix_conflict_open", "conflict", ["customer"], where="state = 'open'")
    op.create_table(
        "decision",
        sa.Column("id", ID, nullable=False),
        sa.Column("conflict", ID, nullable=False),
        sa.Column("customer", ID, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("value", ID),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("run", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sqlite_autoincrement=True,
    )


def create_what_is_done() -> None:
    """What was proposed, sent and done."""
    op.create_table(
        "plan",
        sa.Column("id", ID, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("run", ID, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.Column("undoes", ID),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plan_item",
        sa.Column("plan", ID, nullable=False),
        sa.Column("customer", ID, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plan.id"], name="fk_plan_item_plan", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan", "customer", name="pk_plan_item"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run", ID, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("customer", ID, nullable=False),
        sa.Column("record", sa.Text()),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("before", ID),
        sa.Column("version", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.Text()),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("restores", ID),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_customer", "outbox", ["customer"])
    create_partial_index(
        "ix_outbox_unsettled", "outbox", ["system", "record"], where="state in ('sending', 'unknown')"
    )
    create_partial_index("ix_outbox_dead", "outbox", ["entity"], where="state = 'dead'")
    create_partial_index(
        "ix_outbox_work", "outbox", ["system"], where="state in ('ready', 'sending', 'unknown')"
    )
    op.create_table(
        "audit",
        sa.Column("seq", ID, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("run", ID, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("customer", ID),
        sa.Column("system", sa.Text()),
        sa.Column("record", sa.Text()),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sqlite_autoincrement=True,
    )


def create_what_is_consented() -> None:
    """Who may be reached for what."""
    op.create_table(
        "identifier",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identifier"),
        sa.UniqueConstraint("channel", "value", name="uq_identifier_channel_value"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reaches",
        sa.Column("identifier", ID, nullable=False),
        sa.Column("rid", ID, nullable=False),
        sa.ForeignKeyConstraint(["rid"], ["record.rid"], name="fk_reaches_rid", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("identifier", "rid", name="pk_reaches"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reaches_rid", "reaches", ["rid"])
    op.create_table(
        "consent_event",
        sa.Column("seq", ID, nullable=False),
        sa.Column("identifier", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.Text()),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("proof", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("run", ID, nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_consent_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consent_event_identifier", "consent_event", ["identifier"])
