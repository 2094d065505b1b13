-- migrate:up

-- Further accounts of a login; the one without a row here is its main account. A closed one keeps its
-- row and its history. open names differ within a login.
CREATE TABLE accounts.sub_accounts (
    account_id bigint PRIMARY KEY REFERENCES accounts.trading_accounts,
    user_id bigint NOT NULL REFERENCES accounts.users,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    closed_ts_ns bigint CHECK (closed_ts_ns >= created_ts_ns)
);
CREATE INDEX sub_accounts_by_user ON accounts.sub_accounts (user_id, account_id);
CREATE UNIQUE INDEX sub_accounts_open_names ON accounts.sub_accounts (user_id, name)
    WHERE closed_ts_ns IS NULL;

-- One row for every login: what it trades with unless it says otherwise.
CREATE VIEW accounts.main_accounts AS
SELECT t.account_id, t.user_id, t.group_id
FROM accounts.trading_accounts AS t
WHERE NOT EXISTS (SELECT FROM accounts.sub_accounts AS s WHERE s.account_id = t.account_id);

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE INSERT, UPDATE, DELETE ON accounts.sub_accounts, accounts.main_accounts
            FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
-- It refuses while there are sub-accounts: a login would have several main accounts.
DO $$ BEGIN
    IF EXISTS (SELECT FROM accounts.sub_accounts) THEN
        RAISE EXCEPTION 'there are sub-accounts: they cannot be taken back';
    END IF;
END $$;
DROP VIEW accounts.main_accounts;
DROP TABLE accounts.sub_accounts;
