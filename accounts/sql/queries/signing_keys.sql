-- lock_signing_keys --
LOCK TABLE accounts.signing_keys IN SHARE ROW EXCLUSIVE MODE;

-- newest_signing_key --
SELECT kid, sealed_private_key FROM accounts.signing_keys ORDER BY created_ts_ns DESC LIMIT 1;

-- insert_signing_key --
INSERT INTO accounts.signing_keys (kid, public_key, sealed_private_key, created_ts_ns)
VALUES ($1, $2, $3, $4);

-- public_keys --
-- A key that another has followed verifies for as long as its last token lives.
SELECT kid, public_key FROM (
    SELECT kid, public_key, created_ts_ns,
        lag(created_ts_ns) OVER (ORDER BY created_ts_ns DESC, kid) AS followed_ts_ns
    FROM accounts.signing_keys) AS k
WHERE followed_ts_ns IS NULL OR followed_ts_ns > $1
ORDER BY created_ts_ns DESC;
