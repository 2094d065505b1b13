-- insert_user --
INSERT INTO accounts.users (email, password_hash, created_ts_ns, email_verified_ts_ns)
VALUES ($1, $2, $3, $4) RETURNING user_id;

-- insert_trading_account --
-- A login's accounts are one owner for self-trade prevention: the group is the user.
INSERT INTO accounts.trading_accounts (user_id, group_id) VALUES ($1, $1) RETURNING account_id;

-- user_by_email --
SELECT u.user_id, u.email, u.password_hash, u.role, u.created_ts_ns, t.account_id,
    u.email_verified_ts_ns IS NOT NULL AS email_verified
FROM accounts.users AS u JOIN accounts.main_accounts AS t USING (user_id)
WHERE u.email = $1;

-- user_by_id --
SELECT u.user_id, u.email, u.password_hash, u.role, u.created_ts_ns, t.account_id,
    u.email_verified_ts_ns IS NOT NULL AS email_verified
FROM accounts.users AS u JOIN accounts.main_accounts AS t USING (user_id)
WHERE u.user_id = $1;

-- profile --
SELECT u.user_id, u.email, u.role, t.account_id, u.created_ts_ns,
    u.email_verified_ts_ns IS NOT NULL AS email_verified,
    EXISTS (SELECT FROM accounts.totp_secrets AS s
            WHERE s.user_id = u.user_id AND s.confirmed_ts_ns IS NOT NULL) AS second_factor,
    (SELECT count(*) FROM accounts.recovery_codes AS r
     WHERE r.user_id = u.user_id) AS recovery_codes_left
FROM accounts.users AS u JOIN accounts.main_accounts AS t USING (user_id)
WHERE u.user_id = $1;

-- verify_email --
UPDATE accounts.users SET email_verified_ts_ns = coalesce(email_verified_ts_ns, $2)
WHERE email = $1 RETURNING user_id;

-- replace_password_hash --
-- Only of the password that was checked: one that was changed meanwhile stays.
UPDATE accounts.users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2;

-- owner_is_verified --
SELECT u.email_verified_ts_ns IS NOT NULL
FROM accounts.trading_accounts AS t JOIN accounts.users AS u USING (user_id)
WHERE t.account_id = $1;

-- unopened_accounts --
SELECT account_id, group_id FROM accounts.trading_accounts WHERE NOT engine_opened
ORDER BY account_id LIMIT $1;

-- mark_opened --
UPDATE accounts.trading_accounts SET engine_opened = true WHERE account_id = $1;

-- account_exists --
SELECT true FROM accounts.trading_accounts WHERE account_id = $1
UNION ALL SELECT true FROM accounts.engine_accounts WHERE account_id = $1 LIMIT 1;
