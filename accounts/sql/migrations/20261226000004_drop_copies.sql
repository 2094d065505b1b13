-- migrate:up

-- Keys that see another account's fills and nothing else of it: who let them, from when until when. Rows
-- are ended, never deleted.
CREATE TABLE accounts.drop_copies (
    drop_copy_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    api_key text NOT NULL REFERENCES accounts.api_keys,
    account_id bigint NOT NULL REFERENCES accounts.trading_accounts,
    granted_by text NOT NULL CHECK (length(granted_by) BETWEEN 1 AND 64),
    granted_ts_ns bigint NOT NULL CHECK (granted_ts_ns > 0),
    ended_by text CHECK (length(ended_by) BETWEEN 1 AND 64),
    ended_ts_ns bigint CHECK (ended_ts_ns >= granted_ts_ns),
    CHECK ((ended_by IS NULL) = (ended_ts_ns IS NULL))
);
CREATE UNIQUE INDEX drop_copies_live ON accounts.drop_copies (api_key, account_id)
    WHERE ended_ts_ns IS NULL;

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE ALL ON accounts.drop_copies FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
DROP TABLE accounts.drop_copies;
