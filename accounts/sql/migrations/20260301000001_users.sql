-- migrate:up
CREATE SCHEMA accounts;

CREATE TABLE accounts.users (
    user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    password_hash text NOT NULL,
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0)
);

-- Below 1,000 are the venue's own accounts; the engine's account ids are 32 bits wide.
CREATE SEQUENCE accounts.account_id AS bigint MINVALUE 1000 MAXVALUE 4294967295;

-- engine_opened is false until the engine has confirmed the account: a crash between is healed by
-- sending it again.
CREATE TABLE accounts.trading_accounts (
    account_id bigint PRIMARY KEY DEFAULT nextval('accounts.account_id')
        CHECK (account_id BETWEEN 1000 AND 4294967295),
    user_id bigint NOT NULL REFERENCES accounts.users,
    group_id bigint NOT NULL CHECK (group_id BETWEEN 1 AND 4294967295),
    engine_opened boolean NOT NULL DEFAULT false
);
CREATE INDEX trading_accounts_by_user ON accounts.trading_accounts (user_id);
CREATE INDEX trading_accounts_unopened ON accounts.trading_accounts (account_id)
    WHERE NOT engine_opened;

CREATE TABLE accounts.signing_keys (
    kid text PRIMARY KEY,
    public_key bytea NOT NULL CHECK (length(public_key) = 32),
    sealed_private_key bytea NOT NULL,
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0)
);

-- A session is a family of refresh tokens, each used once; using one twice revokes the family.
CREATE TABLE accounts.sessions (
    session_id uuid PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES accounts.users,
    user_agent text NOT NULL,
    ip text NOT NULL,
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    revoked_ts_ns bigint
);
CREATE INDEX sessions_by_user ON accounts.sessions (user_id);

CREATE TABLE accounts.refresh_tokens (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    session_id uuid NOT NULL REFERENCES accounts.sessions ON DELETE CASCADE,
    issued_ts_ns bigint NOT NULL CHECK (issued_ts_ns > 0),
    expires_ts_ns bigint NOT NULL CHECK (expires_ts_ns > issued_ts_ns),
    used_ts_ns bigint
);
CREATE INDEX refresh_tokens_by_session ON accounts.refresh_tokens (session_id);

CREATE TABLE accounts.api_keys (
    api_key text PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES accounts.users,
    account_id bigint NOT NULL REFERENCES accounts.trading_accounts,
    label text NOT NULL CHECK (length(label) BETWEEN 1 AND 64),
    permissions text[] NOT NULL
        CHECK (permissions <@ ARRAY['read', 'trade'] AND cardinality(permissions) > 0),
    sealed_secret bytea NOT NULL,
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    revoked_ts_ns bigint
);
CREATE INDEX api_keys_by_user ON accounts.api_keys (user_id, created_ts_ns);

-- migrate:down
DROP SCHEMA accounts CASCADE;
