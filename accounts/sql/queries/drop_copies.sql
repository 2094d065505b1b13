-- copied_accounts --
SELECT d.account_id FROM accounts.drop_copies AS d JOIN accounts.api_keys AS k USING (api_key)
WHERE d.api_key = $1 AND d.ended_ts_ns IS NULL AND k.revoked_ts_ns IS NULL ORDER BY d.account_id;

-- copies_for_user --
-- What the keys of a login see of others' accounts, and what keys see of the login's accounts.
SELECT k.user_id = $1 AS is_received, t.user_id = $1 AS is_granted,
    d.api_key, k.label, d.account_id, d.granted_ts_ns
FROM accounts.drop_copies AS d
JOIN accounts.api_keys AS k USING (api_key)
JOIN accounts.trading_accounts AS t ON t.account_id = d.account_id
WHERE (k.user_id = $1 OR t.user_id = $1) AND d.ended_ts_ns IS NULL AND k.revoked_ts_ns IS NULL
ORDER BY d.drop_copy_id DESC LIMIT $2;

-- lock_key --
SELECT account_id FROM accounts.api_keys WHERE api_key = $1 AND revoked_ts_ns IS NULL FOR UPDATE;

-- account_is_there --
SELECT true FROM accounts.trading_accounts WHERE account_id = $1;

-- insert_drop_copy --
INSERT INTO accounts.drop_copies (api_key, account_id, granted_by, granted_ts_ns)
VALUES ($1, $2, $3, $4);

-- end_drop_copy --
UPDATE accounts.drop_copies SET ended_by = $3, ended_ts_ns = greatest($4, granted_ts_ns)
WHERE api_key = $1 AND account_id = $2 AND ended_ts_ns IS NULL;
