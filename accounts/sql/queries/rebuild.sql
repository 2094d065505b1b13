-- accounts_without_owner --
-- Of the engine's accounts, those that no login owns here; below 1,000 are the venue's own.
SELECT e.account_id, e.group_id FROM accounts.engine_accounts AS e
LEFT JOIN accounts.trading_accounts AS t USING (account_id)
WHERE t.account_id IS NULL AND e.account_id >= 1000 ORDER BY e.account_id;

-- insert_owner --
-- An account's group is its owner's number: nobody can log in under the name that stands for it.
INSERT INTO accounts.users (user_id, email, password_hash, created_ts_ns)
OVERRIDING SYSTEM VALUE
SELECT $1::bigint, 'recovered-' || $1::bigint || '@openbell.invalid', '', $2::bigint
WHERE NOT EXISTS (SELECT FROM accounts.users WHERE user_id = $1::bigint);

-- insert_trading_account --
INSERT INTO accounts.trading_accounts (account_id, user_id, group_id, engine_opened)
VALUES ($1, $2, $2, true);

-- insert_recovered_sub_account --
-- A login has one main account: what else is of its group is a sub-account again, without its name.
INSERT INTO accounts.sub_accounts (account_id, user_id, name, created_ts_ns)
SELECT $1::bigint, $2::bigint, 'recovered-' || $1::bigint, $3::bigint
WHERE EXISTS (
    SELECT FROM accounts.main_accounts WHERE user_id = $2::bigint AND account_id <> $1::bigint);

-- skip_numbers_in_use --
-- A number that the engine knows is never given to anyone else.
SELECT setval('accounts.account_id', greatest(
        (SELECT last_value FROM accounts.account_id),
        (SELECT max(account_id) FROM accounts.engine_accounts WHERE account_id >= 1000))),
    setval(pg_get_serial_sequence('accounts.users', 'user_id'), greatest(
        (SELECT max(user_id) FROM accounts.users),
        (SELECT max(group_id) FROM accounts.engine_accounts WHERE account_id >= 1000)));

-- deposits_without_command --
SELECT d.source_id, d.source_seq, d.event_seq, d.account_id, d.asset_id, d.amount_atoms, d.ts_ns
FROM accounts.deposits AS d
JOIN accounts.trading_accounts USING (account_id)
LEFT JOIN accounts.money_commands AS m USING (source_id, source_seq)
WHERE m.money_command_id IS NULL
    AND d.source_id IN (SELECT source_id FROM accounts.money_sources)
ORDER BY d.source_id, d.source_seq;

-- complete_command --
-- It was asked for before the copy of this database was made, and executed after.
UPDATE accounts.money_commands SET state = 3, source_seq = $2, event_seq = $3
WHERE money_command_id = (
    SELECT min(money_command_id) FROM accounts.money_commands
    WHERE state = 1 AND kind IN (1, 2) AND source_id = $1 AND account_id = $4 AND asset_id = $5 AND amount_atoms = $6
)
RETURNING money_command_id;

-- insert_command --
INSERT INTO accounts.money_commands
    (source_id, source_seq, event_seq, account_id, asset_id, amount_atoms, created_ts_ns, kind,
     state)
VALUES ($1, $2, $3, $4, $5, $6, $7, 2, 3);

-- transfers_without_command --
SELECT x.source_id, x.source_seq, x.event_seq, x.from_account_id, x.asset_id, x.amount_atoms,
    x.to_account_id, x.reason, x.ts_ns
FROM accounts.account_transfers AS x
LEFT JOIN accounts.money_commands AS m USING (source_id, source_seq)
WHERE m.money_command_id IS NULL
    AND x.source_id IN (SELECT source_id FROM accounts.money_sources)
ORDER BY x.source_id, x.source_seq;

-- complete_transfer --
-- As complete_command.
UPDATE accounts.money_commands SET state = 3, source_seq = $2, event_seq = $3
WHERE money_command_id = (
    SELECT min(money_command_id) FROM accounts.money_commands
    WHERE state = 1 AND kind = 6 AND source_id = $1 AND account_id = $4 AND asset_id = $5
        AND amount_atoms = $6 AND to_account_id = $7 AND transfer_reason = $8
)
RETURNING money_command_id;

-- insert_transfer_command --
INSERT INTO accounts.money_commands
    (source_id, source_seq, event_seq, account_id, asset_id, amount_atoms, to_account_id,
     transfer_reason, created_ts_ns, kind, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 6, 3);

-- go_on_after_last --
UPDATE accounts.money_sources AS s
SET last_seq = greatest(s.last_seq, (
    SELECT coalesce(max(source_seq), 0)
    FROM (
        SELECT source_id, source_seq FROM accounts.deposits
        UNION ALL
        SELECT source_id, source_seq FROM accounts.pending_transfers
        UNION ALL
        SELECT source_id, source_seq FROM accounts.account_transfers
    ) AS numbers
    WHERE numbers.source_id = s.source_id
));

-- stop_withdrawals --
-- What left after this copy was made is not known here; 6, 7 and 8 are the states that end one.
UPDATE accounts.audit_state SET withdrawals_stopped = true
WHERE EXISTS (SELECT FROM accounts.withdrawals WHERE state NOT IN (6, 7, 8));
