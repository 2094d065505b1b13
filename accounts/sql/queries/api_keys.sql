-- lock_user --
SELECT user_id FROM accounts.users WHERE user_id = $1 FOR UPDATE;

-- count_api_keys --
SELECT count(*) FROM accounts.api_keys WHERE user_id = $1 AND revoked_ts_ns IS NULL;

-- insert_api_key --
INSERT INTO accounts.api_keys
    (api_key, user_id, account_id, label, permissions, sealed_secret, created_ts_ns,
     allowed_networks, expires_ts_ns)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- api_keys_of_user --
SELECT api_key, label, permissions, created_ts_ns, account_id, allowed_networks, expires_ts_ns,
    last_used_ts_ns
FROM accounts.api_keys
WHERE user_id = $1 AND revoked_ts_ns IS NULL ORDER BY created_ts_ns, api_key;

-- revoke_api_key --
UPDATE accounts.api_keys SET revoked_ts_ns = $3
WHERE api_key = $1 AND user_id = $2 AND revoked_ts_ns IS NULL;

-- revoke_api_keys --
UPDATE accounts.api_keys SET revoked_ts_ns = $2 WHERE user_id = $1 AND revoked_ts_ns IS NULL;

-- api_key --
-- None of a login that is suspended or closed.
SELECT api_key, user_id, account_id, permissions, sealed_secret, allowed_networks, expires_ts_ns
FROM accounts.api_keys
WHERE api_key = $1 AND revoked_ts_ns IS NULL
    AND user_id NOT IN (SELECT user_id FROM accounts.users WHERE status IN ('suspended', 'closed'));

-- note_use --
UPDATE accounts.api_keys AS k SET last_used_ts_ns = used.ts_ns
FROM unnest($1::text[], $2::bigint[]) AS used (api_key, ts_ns)
WHERE k.api_key = used.api_key
    AND (k.last_used_ts_ns IS NULL OR k.last_used_ts_ns < used.ts_ns);
