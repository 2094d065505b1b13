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
