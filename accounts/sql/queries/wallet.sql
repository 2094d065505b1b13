-- lock_owner --
-- Serialises one login's requests, so that a limit counts all of them: the login before its accounts,
-- as whoever stops it does, the accounts in the order of transfers.
SELECT t.account_id FROM accounts.users AS u JOIN accounts.trading_accounts AS t USING (user_id)
WHERE u.user_id = (SELECT user_id FROM accounts.trading_accounts WHERE account_id = $1)
ORDER BY t.account_id FOR SHARE OF u FOR UPDATE OF t;

-- earlier_request --
SELECT withdrawal_id, asset_id, amount_atoms, address FROM accounts.withdrawals
WHERE account_id = $1 AND idempotency_key = $2;

-- asked_since --
-- What all accounts of an account's login asked for and may still get, or have got.
SELECT coalesce(sum(w.amount_atoms), 0)::text
FROM accounts.trading_accounts AS mine
JOIN accounts.trading_accounts AS t USING (user_id)
JOIN accounts.withdrawals AS w ON w.account_id = t.account_id
WHERE mine.account_id = $1 AND w.asset_id = $2 AND w.created_ts_ns > $3
    AND w.state NOT IN (7, 8);

-- insert_withdrawal --
INSERT INTO accounts.withdrawals (account_id, asset_id, amount_atoms, address, idempotency_key,
    rail, hold_command_id, created_ts_ns)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING withdrawal_id;

-- insert_step --
INSERT INTO accounts.withdrawal_steps (withdrawal_id, step, state, actor, note, ts_ns)
SELECT $1, coalesce(max(step), 0) + 1, $2, $3, $4, $5
FROM accounts.withdrawal_steps WHERE withdrawal_id = $1;

-- steps --
SELECT state, actor, note, ts_ns FROM accounts.withdrawal_steps
WHERE withdrawal_id = $1 ORDER BY step;

-- is_stopped --
-- In the transaction that lets value out an audit that finds a difference waits for it, or stops it.
SELECT withdrawals_stopped FROM accounts.audit_state WHERE shard = $1 FOR SHARE;

-- is_owner_stopped --
-- In the transaction that lets value out whoever stops the login waits for it, or has stopped it. The
-- login is locked before its account, as by whoever stops it: neither holds what the other waits for.
SELECT u.status IN ('suspended', 'closed') OR t.own_status >= 3
FROM accounts.users AS u JOIN accounts.trading_accounts AS t USING (user_id)
WHERE t.account_id = $1 FOR SHARE OF u FOR SHARE OF t;

-- withdrawals --
-- Newest first.
SELECT w.withdrawal_id, w.account_id, w.asset_id, a.name AS asset, a.scale, w.amount_atoms,
    w.address, w.rail, w.state, w.hold_command_id, w.resolution_command_id, w.rail_key, w.rail_ref,
    w.created_ts_ns, h.state AS hold_state, h.reason AS hold_reason,
    p.source_seq IS NOT NULL AS is_held, r.phase AS resolved_phase, r.posted_atoms,
    u.status IN ('suspended', 'closed') OR t.own_status >= 3 AS is_owner_stopped
FROM accounts.withdrawals AS w
JOIN accounts.assets AS a USING (asset_id)
JOIN accounts.trading_accounts AS t ON t.account_id = w.account_id
JOIN accounts.users AS u ON u.user_id = t.user_id
JOIN accounts.money_commands AS h ON h.money_command_id = w.hold_command_id
LEFT JOIN accounts.pending_transfers AS p
    ON p.source_id = h.source_id AND p.source_seq = h.source_seq AND p.phase = 1
LEFT JOIN accounts.pending_transfers AS r
    ON r.source_id = p.source_id AND r.pending_ref = p.source_seq
WHERE w.withdrawal_id = ANY($1::bigint[]) ORDER BY w.withdrawal_id DESC;

-- lock_withdrawal --
SELECT state FROM accounts.withdrawals WHERE withdrawal_id = $1 FOR UPDATE;

-- open_ids --
SELECT withdrawal_id FROM accounts.withdrawals
WHERE state NOT IN (6, 7, 8) AND withdrawal_id > $1 ORDER BY withdrawal_id LIMIT $2;

-- move --
UPDATE accounts.withdrawals SET state = $2, rail_key = coalesce($3, rail_key),
    rail_ref = coalesce($4, rail_ref)
WHERE withdrawal_id = $1;

-- note_resolution --
UPDATE accounts.withdrawals SET resolution_command_id = $2, rail_ref = coalesce($3, rail_ref)
WHERE withdrawal_id = $1 AND resolution_command_id IS NULL;

-- listed_ids --
-- Newest first, before $1; of an account, an asset, some states, or all of them.
SELECT withdrawal_id FROM accounts.withdrawals
WHERE withdrawal_id < $1 AND ($2::bigint IS NULL OR account_id = $2)
    AND ($3::bigint IS NULL OR asset_id = $3)
    AND ($4::smallint[] IS NULL OR state = ANY($4))
ORDER BY withdrawal_id DESC LIMIT $5;

-- account_deposits --
SELECT d.event_seq AS seq, d.asset_id, a.name AS asset, d.amount_atoms, d.ts_ns, m.kind,
    m.external_ref
FROM accounts.deposits AS d JOIN accounts.assets AS a USING (asset_id)
LEFT JOIN accounts.money_commands AS m
    ON m.source_id = d.source_id AND m.source_seq = d.source_seq
WHERE d.account_id = $1 AND d.event_seq < $2 AND ($3::bigint IS NULL OR d.asset_id = $3)
ORDER BY d.event_seq DESC LIMIT $4;

-- rule --
SELECT day_max_atoms, approve_above_atoms FROM accounts.withdrawal_rules WHERE asset_id = $1;

-- rules --
SELECT asset_id, day_max_atoms, approve_above_atoms FROM accounts.withdrawal_rules;

-- forget_rule --
DELETE FROM accounts.withdrawal_rules WHERE asset_id = $1;

-- insert_rule --
INSERT INTO accounts.withdrawal_rules (asset_id, day_max_atoms, approve_above_atoms)
VALUES ($1, $2, $3);

-- addresses --
SELECT w.address, w.label, a.name AS asset, w.created_ts_ns
FROM accounts.withdrawal_addresses AS w JOIN accounts.assets AS a USING (asset_id)
WHERE w.account_id = $1 ORDER BY w.asset_id, w.address;

-- is_allowed --
SELECT EXISTS (SELECT FROM accounts.withdrawal_addresses
               WHERE account_id = $1 AND asset_id = $2 AND address = $3);

-- insert_address --
INSERT INTO accounts.withdrawal_addresses (account_id, asset_id, address, label, created_ts_ns)
VALUES ($1, $2, $3, $4, $5);

-- delete_address --
DELETE FROM accounts.withdrawal_addresses
WHERE account_id = $1 AND asset_id = $2 AND address = $3;
