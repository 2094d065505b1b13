-- insert_session --
-- Not of a login that is stopped: the row is locked against being stopped meanwhile.
INSERT INTO accounts.sessions (session_id, user_id, user_agent, ip, created_ts_ns)
SELECT $1::uuid, u.user_id, $3::text, $4::text, $5::bigint FROM accounts.users AS u
WHERE u.user_id = $2 AND u.status IN ('active', 'cancel_only') FOR SHARE;

-- insert_refresh_token --
INSERT INTO accounts.refresh_tokens (token_hash, session_id, issued_ts_ns, expires_ts_ns)
VALUES ($1, $2, $3, $4);

-- use_refresh_token --
-- Two uses at once: one of them finds used_ts_ns set.
UPDATE accounts.refresh_tokens AS t SET used_ts_ns = $2
FROM accounts.sessions AS s
WHERE t.token_hash = $1 AND t.used_ts_ns IS NULL AND t.expires_ts_ns > $2
    AND s.session_id = t.session_id AND s.revoked_ts_ns IS NULL
RETURNING s.session_id, s.user_id;

-- revoke_family_of_used_token --
UPDATE accounts.sessions AS s SET revoked_ts_ns = $2
FROM accounts.refresh_tokens AS t
WHERE t.token_hash = $1 AND t.used_ts_ns IS NOT NULL
    AND s.session_id = t.session_id AND s.revoked_ts_ns IS NULL
RETURNING s.session_id, s.user_id;

-- revoke_session_of_token --
UPDATE accounts.sessions AS s SET revoked_ts_ns = $2
FROM accounts.refresh_tokens AS t
WHERE t.token_hash = $1 AND s.session_id = t.session_id AND s.revoked_ts_ns IS NULL;

-- delete_expired_sessions --
DELETE FROM accounts.sessions AS s
WHERE s.user_id = $1
    AND NOT EXISTS (SELECT FROM accounts.refresh_tokens AS t
                    WHERE t.session_id = s.session_id AND t.expires_ts_ns > $2);
