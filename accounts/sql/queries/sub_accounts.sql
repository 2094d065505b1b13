-- accounts_of_user --
-- The main account first.
SELECT t.account_id, coalesce(s.name, 'main') AS name, s.account_id IS NULL AS is_main,
    s.closed_ts_ns IS NOT NULL AS is_closed, coalesce(s.created_ts_ns, u.created_ts_ns) AS created_ts_ns
FROM accounts.trading_accounts AS t
JOIN accounts.users AS u USING (user_id)
LEFT JOIN accounts.sub_accounts AS s USING (account_id)
WHERE t.user_id = $1 ORDER BY s.account_id IS NOT NULL, t.account_id;

-- lock_user --
-- Serialises one login's openings, so that a bound counts all of them.
SELECT user_id FROM accounts.users WHERE user_id = $1 FOR UPDATE;

-- count_sub_accounts --
SELECT count(*) AS made, count(*) FILTER (WHERE closed_ts_ns IS NULL) AS open
FROM accounts.sub_accounts WHERE user_id = $1;

-- insert_trading_account --
-- Of the main account's group: one owner for self-trade prevention, and for transfers. Of a login that
-- may not do everything it begins with what that may.
INSERT INTO accounts.trading_accounts (user_id, group_id, wanted_status)
SELECT user_id, group_id,
    CASE u.status WHEN 'cancel_only' THEN 2 WHEN 'suspended' THEN 3 WHEN 'closed' THEN 4 END
FROM accounts.main_accounts JOIN accounts.users AS u USING (user_id) WHERE user_id = $1
RETURNING account_id;

-- insert_sub_account --
INSERT INTO accounts.sub_accounts (account_id, user_id, name, created_ts_ns)
VALUES ($1, $2, $3, $4);

-- rename --
UPDATE accounts.sub_accounts SET name = $3
WHERE user_id = $1 AND account_id = $2 AND closed_ts_ns IS NULL;

-- lock_sub_account --
-- Whoever asks for money to or from it waits, and then finds it closed.
SELECT s.closed_ts_ns IS NOT NULL AS is_closed
FROM accounts.trading_accounts AS t JOIN accounts.sub_accounts AS s USING (account_id)
WHERE s.user_id = $1 AND s.account_id = $2 FOR UPDATE OF t, s;

-- is_empty --
-- Nothing is there and nothing is on its way: an account without money has no order that could bring
-- some, and what was asked for is settled.
SELECT NOT EXISTS (
        SELECT FROM accounts.balances
        WHERE account_id = $1 AND (available_atoms > 0 OR held_atoms > 0))
    AND NOT EXISTS (
        SELECT FROM accounts.money_commands
        WHERE (account_id = $1 OR to_account_id = $1)
            AND (state IN (1, 2) OR state = 3 AND event_seq >
                (SELECT last_seq FROM accounts.settlement_cursor WHERE shard = 0)));

-- close --
UPDATE accounts.sub_accounts SET closed_ts_ns = greatest($2, created_ts_ns) WHERE account_id = $1;

-- have_it_closed --
-- The engine is told by whoever tells it of all accounts, however long it is away.
UPDATE accounts.trading_accounts SET wanted_status = 4, own_status = 4 WHERE account_id = $1;

-- end_its_keys --
UPDATE accounts.api_keys SET revoked_ts_ns = $2 WHERE account_id = $1 AND revoked_ts_ns IS NULL;

-- account_moves --
-- Transfers to or from an account, newest first, before event $2; of one asset or all.
SELECT b.event_seq AS seq, b.from_account_id, b.to_account_id, a.name AS asset, b.amount_atoms,
    b.reason, b.ts_ns
FROM (
    (SELECT * FROM accounts.account_transfers
     WHERE from_account_id = $1 AND event_seq < $2 AND ($3::bigint IS NULL OR asset_id = $3)
     ORDER BY event_seq DESC LIMIT $4)
    UNION ALL
    (SELECT * FROM accounts.account_transfers
     WHERE to_account_id = $1 AND event_seq < $2 AND ($3::bigint IS NULL OR asset_id = $3)
     ORDER BY event_seq DESC LIMIT $4)
) AS b JOIN accounts.assets AS a USING (asset_id)
ORDER BY b.event_seq DESC LIMIT $4;
