"""Published runs: their tables, the accounts known to each, and the pointer to the latest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None


def upgrade() -> None:
    _runs()
    _latest_run()
    _rings()
    _members()
    _individuals()
    _evidence()
    _episodes()
    _harm()
    _lineage()
    op.execute("INSERT INTO latest_run (id, run) VALUES (1, NULL)")


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("detector", sa.Text()),
        sa.Column("certificate_id", sa.Text()),
        sa.Column("certificate_kind", sa.Text(), nullable=False),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("switched_off", sa.Text(), nullable=False),
        sa.Column("abstained", sa.Text(), nullable=False),
        sa.Column("account_ids", sa.LargeBinary(), nullable=False),
        sa.Column("linked_ids", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
    )


def _latest_run() -> None:
    op.create_table(
        "latest_run",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer()),
        sa.CheckConstraint("id = 1", name=op.f("ck_latest_run_one_row")),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_latest_run_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_latest_run")),
    )


def _rings() -> None:
    op.create_table(
        "rings",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("ring_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("typologies", sa.Text()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", sa.BigInteger()),
        sa.Column("last_seen", sa.BigInteger()),
        sa.Column("certificate_id", sa.Text()),
        sa.Column("certificate_kind", sa.Text()),
        sa.Column("summary", sa.Text()),
        sa.CheckConstraint("tier IN ('watch', 'review', 'freeze')", name=op.f("ck_rings_tier")),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_rings_runs")),
        sa.PrimaryKeyConstraint("run", "row", name=op.f("pk_rings")),
        sa.UniqueConstraint("run", "ring_id", name=op.f("uq_rings_run_ring_id")),
        sqlite_with_rowid=False,
    )


def _members() -> None:
    op.create_table(
        "members",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("ring_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("legs", sa.Text()),
        sa.Column("days_active", sa.BigInteger()),
        sa.CheckConstraint("tier IN ('watch', 'review', 'freeze')", name=op.f("ck_members_tier")),
        sa.ForeignKeyConstraint(["run", "ring_id"], ["rings.run", "rings.ring_id"], name=op.f("fk_members_rings")),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_members_runs")),
        sa.PrimaryKeyConstraint("run", "row", name=op.f("pk_members")),
        sqlite_with_rowid=False,
    )


def _individuals() -> None:
    op.create_table(
        "individuals",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("legs", sa.Text()),
        sa.Column("days_active", sa.BigInteger()),
        sa.CheckConstraint("tier IN ('watch', 'review', 'freeze')", name=op.f("ck_individuals_tier")),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_individuals_runs")),
        sa.PrimaryKeyConstraint("run", "row", name=op.f("pk_individuals")),
        sqlite_with_rowid=False,
    )


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("ring_id", sa.Text()),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("other_account_id", sa.Text()),
        sa.Column("author_account_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("leg", sa.Text()),
        sa.Column("resource_kind", sa.Text()),
        sa.Column("resource_id", sa.Text()),
        sa.Column("symbol", sa.Text()),
        sa.Column("weight", sa.Double()),
        sa.Column("p_value", sa.Double()),
        sa.Column("first_ts", sa.BigInteger()),
        sa.Column("last_ts", sa.BigInteger()),
        sa.Column("count", sa.BigInteger()),
        sa.Column("event_ids", sa.Text()),
        sa.Column("decisive", sa.Boolean()),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run", "ring_id"], ["rings.run", "rings.ring_id"], name=op.f("fk_evidence_rings")),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_evidence_runs")),
        sa.PrimaryKeyConstraint("run", "row", name=op.f("pk_evidence")),
        sqlite_with_rowid=False,
    )


def _episodes() -> None:
    op.create_table(
        "episodes",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("episode_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("other_account_id", sa.Text()),
        sa.Column("ring_id", sa.Text()),
        sa.Column("typology", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text()),
        sa.Column("from_ts", sa.BigInteger()),
        sa.Column("to_ts", sa.BigInteger()),
        sa.Column("magnitude", sa.Double()),
        sa.Column("p_value", sa.Double()),
        sa.Column("gain", sa.Double()),
        sa.Column("event_ids", sa.Text()),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_episodes_runs")),
        sa.PrimaryKeyConstraint("run", "row", name=op.f("pk_episodes")),
        sqlite_with_rowid=False,
    )


def _harm() -> None:
    op.create_table(
        "harm",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("episode_id", sa.Text(), nullable=False),
        sa.Column("harmed_account_id", sa.Text(), nullable=False),
        sa.Column("loss", sa.Double()),
        sa.Column("kind", sa.Text()),
        sa.Column("trade_id", sa.Text()),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_harm_runs")),
        sa.PrimaryKeyConstraint("run", "row", name=op.f("pk_harm")),
        sqlite_with_rowid=False,
    )


def _lineage() -> None:
    op.create_table(
        "lineage",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("ring_id", sa.Text(), nullable=False),
        sa.Column("previous_ring_id", sa.Text()),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("overlap", sa.Double()),
        sa.ForeignKeyConstraint(["run"], ["runs.sequence"], name=op.f("fk_lineage_runs")),
        sa.PrimaryKeyConstraint("run", "row", name=op.f("pk_lineage")),
        sqlite_with_rowid=False,
    )
