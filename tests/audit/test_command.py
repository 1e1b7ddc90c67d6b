"""`python -m services.audit init` and `export`, as an operator runs them."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from samsyn_verify.archive import check_archive
from samsyn_verify.note import read_keys
from samsyn_verify.verdict import BROKEN, WHOLE

from deploy.embedded.postgres import SUPERUSER
from services.audit.domain.checkpoint import log_key
from services.audit.events.sequencer import Sequencer
from services.audit.usecases.check_logs import find_trouble
from shared.database import Database
from tests.audit.make import KEEPER, NOW
from tests.conftest import Clone, Cluster


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-m", "services.audit", *arguments], env=plain | environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "secret").write_bytes(bytes(range(32)))
    names = ("NATS_URL", "ISSUER", "AUDIENCE", "PUBLIC_URL", "CLIENT_ID", "CLIENT_KEY")
    return {
        **{f"SAMSYN_{name}": "unused" for name in names},
        "SAMSYN_SECRET_KEY": str(tmp_path / "secret"),
        "SAMSYN_ERASURE_LEDGER": str(tmp_path / "erased.ndjson"),
        "SAMSYN_SIGNER": str(tmp_path / "signer.socket"),
        "SAMSYN_OPERATOR": "o1op",
        "SAMSYN_ORIGIN": "audit.samsyn.example",
        "SAMSYN_PRODUCTION": "false",
    }


async def test_a_log_is_born_by_init_and_an_altered_copy_is_found(
    cluster: Cluster, clone: Clone, environment: dict[str, str], tmp_path: Path
) -> None:
    async with clone("audit") as name:
        database = await Database.open(cluster.url("audit", name))
        async with database.connection() as connection:
            assert await find_trouble(connection, KEEPER, now=NOW) == "not-initialised"
        born = [run("init", environment=environment | {"SAMSYN_DATABASE_URL": cluster.url("audit", name)}) for _ in range(2)]
        assert [done.returncode for done in born] == [0, 0]
        origin = born[0].stdout.strip()
        year = origin.rpartition("/")[2]
        assert origin.startswith("audit.samsyn.example/audit/o1op/")
        sequencer = Sequencer(database, KEEPER)
        assert await sequencer.publish(NOW) == 1
        await sequencer.close()
        await database.close()

        copy = cluster.url(SUPERUSER, name)
        whole = run("export", "--database-url", copy, "--log", f"o1op/{year}", "--out", str(tmp_path / "whole.zip"), environment={})
        superuser = await asyncpg.connect(copy)
        await superuser.execute(
            "update entry set stored = replace(convert_from(stored, 'utf8'), 'log.opened', 'log.closed')::bytea"
            " where position('log.opened'::bytea in stored) > 0"  # the root log's rows are no text
        )
        await superuser.close()
        altered = run("export", "--database-url", copy, "--log", f"o1op/{year}", "--out", str(tmp_path / "altered.zip"), environment={})
        nothing = run("export", "--database-url", copy, "--log", "o9zz/2026", "--out", str(tmp_path / "none.zip"), environment={})

    keys = read_keys(log_key(bytes(range(32, 64)), origin).verifier_key)
    assert (whole.returncode, altered.returncode, nothing.returncode) == (0, 0, 1)
    assert check_archive(tmp_path / "whole.zip", keys=keys).exit == WHOLE
    verdict = check_archive(tmp_path / "altered.zip", keys=keys)
    assert (verdict.exit, verdict.findings[0][0], verdict.findings[0][1]["index"]) == (BROKEN, "entry-altered", 0)


def test_every_missing_setting_is_named(environment: dict[str, str]) -> None:
    without = {name: value for name, value in environment.items() if name not in {"SAMSYN_OPERATOR", "SAMSYN_SIGNER"}}

    done = run("init", environment=without)

    assert done.returncode == 2
    for name in ("SAMSYN_DATABASE_URL", "SAMSYN_OPERATOR", "SAMSYN_SIGNER"):
        assert name in done.stderr
