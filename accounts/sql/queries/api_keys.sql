-- lock_user --
SELECT user_id FROM accounts.users WHERE user_id = $1 FOR UPDATE;

-- count_api_keys --
SELECT count(*) FROM accounts.api_keys WHERE user_id = $1 AND revoked_ts_ns IS NULL;

-- insert_api_key --
INSERT INTO accounts.api_keys
    (api_key, user_id, account_id, label, permissions, sealed_secret, created_ts_ns)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- api_keys_of_user --
SELECT api_key, label, permissions, created_ts_ns, account_id FROM accounts.api_keys
WHERE user_id = $1 AND revoked_ts_ns IS NULL ORDER BY created_ts_ns, api_key;

-- revoke_api_key --
UPDATE accounts.api_keys SET revoked_ts_ns = $3
WHERE api_key = $1 AND user_id = $2 AND revoked_ts_ns IS NULL;

-- api_key --
SELECT api_key, user_id, account_id, permissions, sealed_secret FROM accounts.api_keys
WHERE api_key = $1 AND revoked_ts_ns IS NULL;
