from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from subprocess import run

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import casework
from casework.ledger import Ledger
from casework.migrations.upgrade import revision_of
from casework.schema import METADATA, REVISION, RUN_TABLES, VERSION_TABLE
from models.tables import TIERS

ROOT = Path(casework.__file__).parents[1]


def test_migrations_from_empty_make_what_the_schema_says(ledger: Ledger) -> None:
    ledger.migrate()
    with ledger._connections.transaction("read") as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert revision_of(connection) == REVISION
        for name, table in RUN_TABLES.items():
            checks = [str(check["sqltext"]) for check in sa.inspect(connection).get_check_constraints(name)]
            assert len(checks) == ("tier" in table.c)
            assert all(tier in check for check in checks for tier in TIERS)


def test_the_schema_names_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "casework" / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    revisions = [step.revision for step in script.walk_revisions()]
    assert revisions[0] == REVISION
    assert revisions == sorted(revisions, reverse=True)


def test_migrations_run_from_the_wheel(tmp_path: Path) -> None:
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    built = run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True, text=True)
    with zipfile.ZipFile(tmp_path / built.stdout.split()[-1]) as wheel:
        wheel.extractall(tmp_path / "site")
    migrate = (
        "import sys; sys.path.insert(0, sys.argv[1]); from casework import ledger; "
        "assert ledger.__file__.startswith(sys.argv[1]); book = ledger.Ledger(sys.argv[2]); book.migrate(); "
        "print(book.latest())"
    )
    command = [sys.executable, "-c", migrate, str(tmp_path / "site"), str(tmp_path / "ledger.db")]
    assert run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout == "None\n"
