from shared.database import Connection, Database


async def test_the_app_role_writes_the_shared_tables(consent_tx: Connection) -> None:
    await consent_tx.execute("insert into inbox (source, message_id, handled_at) values ('x', gen_random_uuid(), '2026-01-01Z')")
    assert await consent_tx.fetchval("select count(*) from inbox") == 1


async def test_what_one_test_wrote_the_next_does_not_see(consent_tx: Connection, sharing_tx: Connection, audit_tx: Connection) -> None:
    for tx, house in ((consent_tx, "consent"), (sharing_tx, "sharing"), (audit_tx, "audit")):
        assert await tx.fetchval("select count(*) from inbox") == 0
        assert await tx.fetchval("select current_user") == house


async def test_a_committed_transaction_stays_for_the_module(audit_db: Database) -> None:
    async with audit_db.transaction() as tx:
        await tx.execute("insert into inbox (source, message_id, handled_at) values ('x', gen_random_uuid(), '2026-01-01Z')")
    async with audit_db.connection() as connection:
        assert await connection.fetchval("select count(*) from inbox") == 1
