-- insert_session --
-- Not of a login that is stopped: the row is locked against being stopped meanwhile.
INSERT INTO accounts.sessions
    (session_id, user_id, user_agent, ip, created_ts_ns, last_used_ts_ns)
SELECT $1::uuid, u.user_id, $3::text, $4::text, $5::bigint, $5::bigint FROM accounts.users AS u
WHERE u.user_id = $2 AND u.status IN ('active', 'cancel_only') FOR SHARE;

-- insert_refresh_token --
INSERT INTO accounts.refresh_tokens (token_hash, session_id, issued_ts_ns, expires_ts_ns)
VALUES ($1, $2, $3, $4);

-- delete_expired_tokens --
DELETE FROM accounts.refresh_tokens WHERE session_id = $1 AND expires_ts_ns <= $2;

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

-- touch_session --
UPDATE accounts.sessions SET last_used_ts_ns = $2 WHERE session_id = $1;

-- sessions_of_user --
-- Those that still could be continued.
SELECT s.session_id, s.user_agent, s.ip, s.created_ts_ns, s.last_used_ts_ns
FROM accounts.sessions AS s
WHERE s.user_id = $1 AND s.revoked_ts_ns IS NULL
    AND EXISTS (SELECT FROM accounts.refresh_tokens AS t
                WHERE t.session_id = s.session_id AND t.used_ts_ns IS NULL
                    AND t.expires_ts_ns > $2)
ORDER BY s.last_used_ts_ns DESC, s.session_id LIMIT $3;

-- revoke_session --
UPDATE accounts.sessions SET revoked_ts_ns = $3
WHERE session_id = $1 AND user_id = $2 AND revoked_ts_ns IS NULL;

-- revoke_sessions_but --
-- $2 NULL: every one.
UPDATE accounts.sessions SET revoked_ts_ns = $3
WHERE user_id = $1 AND revoked_ts_ns IS NULL AND session_id IS DISTINCT FROM $2;

-- revoked_since --
SELECT session_id FROM accounts.sessions WHERE revoked_ts_ns >= $1;

-- note_second_factor --
UPDATE accounts.sessions SET second_factor_ts_ns = $3 WHERE session_id = $1 AND user_id = $2;

-- second_factor_ts_ns --
SELECT second_factor_ts_ns FROM accounts.sessions
WHERE session_id = $1 AND user_id = $2 AND revoked_ts_ns IS NULL;
