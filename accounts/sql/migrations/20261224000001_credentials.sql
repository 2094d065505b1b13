-- migrate:up

-- Who was there before could do everything: that stays so.
ALTER TABLE accounts.users
    ADD COLUMN email_verified_ts_ns bigint CHECK (email_verified_ts_ns > 0);
UPDATE accounts.users SET email_verified_ts_ns = created_ts_ns;

-- One-time codes that were sent, or would have been: an address that no user has gets a row as well,
-- so that the two cannot be told apart. code_hash is keyed: the few digits cannot be guessed from it.
-- Each try takes one of attempts_left first. At most one code of a kind is good at a time.
CREATE TABLE accounts.email_codes (
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    purpose smallint NOT NULL CHECK (purpose BETWEEN 1 AND 3),
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    attempts_left smallint NOT NULL CHECK (attempts_left >= 0),
    expires_ts_ns bigint NOT NULL CHECK (expires_ts_ns > 0),
    PRIMARY KEY (email, purpose)
);
CREATE INDEX email_codes_by_expiry ON accounts.email_codes (expires_ts_ns);

-- last_step: the newest 30 seconds a code was taken for; it and all before are refused. Until
-- confirmed_ts_ns is set the secret is only proposed.
CREATE TABLE accounts.totp_secrets (
    user_id bigint PRIMARY KEY REFERENCES accounts.users,
    sealed_secret bytea NOT NULL,
    last_step bigint NOT NULL DEFAULT 0 CHECK (last_step >= 0),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    confirmed_ts_ns bigint CHECK (confirmed_ts_ns >= created_ts_ns)
);

CREATE TABLE accounts.recovery_codes (
    user_id bigint NOT NULL REFERENCES accounts.users,
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

-- Between a right password and its second factor. It is no session and opens nothing else.
CREATE TABLE accounts.login_challenges (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id bigint NOT NULL REFERENCES accounts.users,
    attempts_left smallint NOT NULL CHECK (attempts_left >= 0),
    expires_ts_ns bigint NOT NULL CHECK (expires_ts_ns > 0)
);
CREATE INDEX login_challenges_by_expiry ON accounts.login_challenges (expires_ts_ns);
CREATE INDEX login_challenges_by_user ON accounts.login_challenges (user_id);

ALTER TABLE accounts.sessions ADD COLUMN last_used_ts_ns bigint CHECK (last_used_ts_ns > 0);
UPDATE accounts.sessions AS s SET last_used_ts_ns = coalesce(
    (SELECT max(t.issued_ts_ns) FROM accounts.refresh_tokens AS t
     WHERE t.session_id = s.session_id), s.created_ts_ns);
ALTER TABLE accounts.sessions ALTER COLUMN last_used_ts_ns SET NOT NULL;
CREATE INDEX sessions_revoked ON accounts.sessions (revoked_ts_ns)
    WHERE revoked_ts_ns IS NOT NULL;

-- allowed_networks: from where the key may be used, empty: from anywhere.
ALTER TABLE accounts.api_keys
    DROP CONSTRAINT api_keys_permissions_check,
    ADD CONSTRAINT api_keys_permissions_check CHECK (
        permissions <@ ARRAY['read', 'trade', 'withdraw'] AND cardinality(permissions) > 0),
    ADD COLUMN allowed_networks text[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(allowed_networks) <= 32),
    ADD COLUMN expires_ts_ns bigint CHECK (expires_ts_ns > created_ts_ns),
    ADD COLUMN last_used_ts_ns bigint CHECK (last_used_ts_ns > 0),
    ADD CONSTRAINT api_keys_withdraw_from_known_networks CHECK (
        NOT 'withdraw' = ANY (permissions) OR cardinality(allowed_networks) > 0);

-- Settlement has no business with credentials.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE ALL ON accounts.email_codes, accounts.totp_secrets, accounts.recovery_codes,
            accounts.login_challenges FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
DELETE FROM accounts.api_keys WHERE 'withdraw' = ANY (permissions);
ALTER TABLE accounts.api_keys
    DROP CONSTRAINT api_keys_withdraw_from_known_networks,
    DROP COLUMN last_used_ts_ns,
    DROP COLUMN expires_ts_ns,
    DROP COLUMN allowed_networks,
    DROP CONSTRAINT api_keys_permissions_check,
    ADD CONSTRAINT api_keys_permissions_check CHECK (
        permissions <@ ARRAY['read', 'trade'] AND cardinality(permissions) > 0);
DROP INDEX accounts.sessions_revoked;
ALTER TABLE accounts.sessions DROP COLUMN last_used_ts_ns;
DROP TABLE accounts.login_challenges, accounts.recovery_codes, accounts.totp_secrets,
    accounts.email_codes;
ALTER TABLE accounts.users DROP COLUMN email_verified_ts_ns;
