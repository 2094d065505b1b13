-- lock_signing_keys --
LOCK TABLE accounts.signing_keys IN SHARE ROW EXCLUSIVE MODE;

-- newest_signing_key --
SELECT kid, sealed_private_key FROM accounts.signing_keys ORDER BY created_ts_ns DESC LIMIT 1;

-- insert_signing_key --
INSERT INTO accounts.signing_keys (kid, public_key, sealed_private_key, created_ts_ns)
VALUES ($1, $2, $3, $4);

-- public_keys --
SELECT kid, public_key FROM accounts.signing_keys ORDER BY created_ts_ns DESC;
