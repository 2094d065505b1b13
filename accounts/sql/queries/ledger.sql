-- read_cursor --
SELECT last_seq, chain, epoch FROM accounts.settlement_cursor WHERE shard = $1;

-- advance_cursor --
-- Exactly once, in order and by one settler only: who finds another last_seq changes nothing.
UPDATE accounts.settlement_cursor SET last_seq = $3, chain = $4, epoch = $5
WHERE shard = $1 AND last_seq = $2 AND epoch <= $5;

-- schema_fingerprint --
-- The driver caches column types for COPY; a changed type would be filled with wrong bytes.
SELECT md5(string_agg(attrelid || '.' || attname || ':' || atttypid || ':' || atttypmod, ','
                      ORDER BY attrelid, attnum))
FROM pg_attribute
WHERE attnum > 0 AND NOT attisdropped
    AND attrelid IN (SELECT oid FROM pg_class
                     WHERE relnamespace = 'accounts'::regnamespace AND relkind IN ('r', 'p')
                         AND NOT relispartition);

-- settlement_role --
-- The role whose rights settlement takes; NULL where the server has none for it.
SELECT rolname FROM pg_roles
WHERE rolname = 'openbell_settlement' AND pg_has_role(oid, 'MEMBER');

-- take_settlement_role --
SET ROLE openbell_settlement;

-- leave_settlement_role --
RESET ROLE;

-- add_transfer_partition --
SELECT accounts.add_transfer_partition($1);

-- column_types --
SELECT c.relname AS table_name, a.attname AS column_name, t.typname AS type_name
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid
WHERE c.relnamespace = 'accounts'::regnamespace AND c.relname = ANY($1::text[])
    AND a.attnum > 0 AND NOT a.attisdropped;

-- balances_of --
SELECT account_id, asset_id, posted_atoms, available_atoms, held_atoms
FROM accounts.balances WHERE account_id = ANY($1::bigint[]);

-- update_balances --
WITH written AS (
    UPDATE accounts.balances AS b
    SET posted_atoms = u.posted_atoms, available_atoms = u.available_atoms,
        held_atoms = u.held_atoms, updated_seq = u.updated_seq
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
        AS u(account_id, asset_id, posted_atoms, available_atoms, held_atoms, updated_seq)
    WHERE b.account_id = u.account_id AND b.asset_id = u.asset_id
    RETURNING b.posted_atoms, b.available_atoms, b.held_atoms
)
SELECT count(*) AS rows, coalesce(sum(posted_atoms), 0)::text AS posted_atoms,
    coalesce(sum(available_atoms), 0)::text AS available_atoms,
    coalesce(sum(held_atoms), 0)::text AS held_atoms
FROM written;

-- insert_pending --
INSERT INTO accounts.pending_transfers (shard, event_seq, phase, source_id, source_seq, pending_ref,
    asset_id, debit_account_id, credit_account_id, pending_atoms, posted_atoms, ts_ns)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- insert_account_transfer --
INSERT INTO accounts.account_transfers (shard, event_seq, source_id, source_seq, reason, asset_id,
    from_account_id, to_account_id, amount_atoms, ts_ns)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- read_back --
-- What is in the tables for a range of events, to be compared with what was sent.
SELECT t.rows AS transfers, t.total::text AS transfer_atoms, d.rows AS trades,
    d.total::text AS trade_atoms, m.rows AS deposits, m.total::text AS deposit_atoms,
    (SELECT count(*) FROM accounts.orders
     WHERE order_id BETWEEN $4 AND $5 AND created_seq BETWEEN $2 AND $3) AS orders,
    p.rows AS pending, p.total::text AS pending_atoms,
    b.rows AS between_accounts, b.total::text AS between_accounts_atoms
FROM (SELECT count(*) AS rows, coalesce(sum(amount_atoms), 0) AS total FROM accounts.transfers
      WHERE shard = $1 AND event_seq BETWEEN $2 AND $3) AS t,
    (SELECT count(*) AS rows, coalesce(sum(quote_atoms), 0) AS total FROM accounts.trades
     WHERE shard = $1 AND event_seq BETWEEN $2 AND $3) AS d,
    (SELECT count(*) AS rows, coalesce(sum(amount_atoms), 0) AS total FROM accounts.deposits
     WHERE shard = $1 AND event_seq BETWEEN $2 AND $3) AS m,
    (SELECT count(*) AS rows, coalesce(sum(pending_atoms), 0) AS total
     FROM accounts.pending_transfers WHERE shard = $1 AND event_seq BETWEEN $2 AND $3) AS p,
    (SELECT count(*) AS rows, coalesce(sum(amount_atoms), 0) AS total
     FROM accounts.account_transfers WHERE shard = $1 AND event_seq BETWEEN $2 AND $3) AS b;
