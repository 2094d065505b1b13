-- lock_owners --
-- Serialises the requests of some accounts' logins, so that a limit counts all of them; in one order.
SELECT t.account_id, t.engine_opened, s.closed_ts_ns IS NOT NULL AS is_closed
FROM accounts.trading_accounts AS t LEFT JOIN accounts.sub_accounts AS s USING (account_id)
WHERE t.user_id IN (SELECT user_id FROM accounts.trading_accounts
                    WHERE account_id = ANY($1::bigint[]))
ORDER BY t.account_id FOR UPDATE OF t;

-- count_waiting --
-- Of the login of an account: what waits for the engine.
SELECT count(*) FROM accounts.money_commands
WHERE state IN (1, 2) AND account_id IN (
    SELECT t.account_id FROM accounts.trading_accounts AS mine
    JOIN accounts.trading_accounts AS t USING (user_id) WHERE mine.account_id = $1);

-- by_external_ref --
SELECT money_command_id, account_id, asset_id, amount_atoms, to_account_id, transfer_reason
FROM accounts.money_commands
WHERE external_ref = $1;

-- sum_since --
-- By all accounts of an account's login.
SELECT coalesce(sum(m.amount_atoms), 0)::text
FROM accounts.trading_accounts AS mine
JOIN accounts.trading_accounts AS t USING (user_id)
JOIN accounts.money_commands AS m ON m.account_id = t.account_id
WHERE mine.account_id = $1 AND m.asset_id = $2 AND m.created_ts_ns > $3 AND m.kind = $4
    AND m.state <> 4;

-- insert_money_command --
INSERT INTO accounts.money_commands
    (source_id, kind, account_id, asset_id, amount_atoms, external_ref, created_ts_ns,
     to_account_id, transfer_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING money_command_id;

-- insert_resolution --
-- What posts or voids a hold, of its account and asset. A second one hits the unique key.
INSERT INTO accounts.money_commands
    (source_id, kind, account_id, asset_id, amount_atoms, hold_command_id, created_ts_ns)
SELECT source_id, $2, account_id, asset_id, $3, money_command_id, $4
FROM accounts.money_commands WHERE money_command_id = $1 AND kind = 3 AND state = 3
RETURNING money_command_id;

-- money_command --
SELECT m.money_command_id, m.source_id, m.source_seq, m.kind, m.account_id, m.asset_id,
    m.amount_atoms, m.state, m.reason, m.event_seq, h.source_seq AS withdrawal_seq,
    m.to_account_id, m.transfer_reason
FROM accounts.money_commands AS m
LEFT JOIN accounts.money_commands AS h ON h.money_command_id = m.hold_command_id
WHERE m.money_command_id = $1;

-- sending --
SELECT money_command_id FROM accounts.money_commands WHERE source_id = $1 AND state = 2;

-- oldest_pending --
SELECT money_command_id FROM accounts.money_commands WHERE source_id = $1 AND state = 1
ORDER BY money_command_id LIMIT 1;

-- take_number --
UPDATE accounts.money_sources SET last_seq = last_seq + 1 WHERE source_id = $1 RETURNING last_seq;

-- start_sending --
UPDATE accounts.money_commands SET state = 2, source_seq = $2
WHERE money_command_id = $1 AND state = 1;

-- mark_executed --
UPDATE accounts.money_commands SET state = 3, event_seq = $2
WHERE money_command_id = $1 AND state = 2;

-- mark_refused --
UPDATE accounts.money_commands SET state = 4, reason = $2, source_seq = NULL
WHERE money_command_id = $1 AND state = 2;

-- give_number_back --
UPDATE accounts.money_sources SET last_seq = last_seq - 1 WHERE source_id = $1 AND last_seq = $2;

-- settled_event_seq --
SELECT event_seq FROM accounts.deposits WHERE source_id = $1 AND source_seq = $2
UNION ALL
SELECT event_seq FROM accounts.pending_transfers WHERE source_id = $1 AND source_seq = $2
UNION ALL
SELECT event_seq FROM accounts.account_transfers WHERE source_id = $1 AND source_seq = $2;
