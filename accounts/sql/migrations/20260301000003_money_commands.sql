-- migrate:up

-- last_seq is the last number given to a command that may have reached the engine.
CREATE TABLE accounts.money_sources (
    source_id bigint PRIMARY KEY CHECK (source_id BETWEEN 1 AND 4294967295),
    last_seq bigint NOT NULL CHECK (last_seq >= 0)
);
INSERT INTO accounts.money_sources (source_id, last_seq) VALUES (1, 0);

-- state: 1 PENDING (no number yet), 2 SENDING (numbered, its fate open), 3 EXECUTED, 4 REFUSED.
-- At most one command of a source is SENDING, so a refused one gives its number back without a gap.
CREATE TABLE accounts.money_commands (
    money_command_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id bigint NOT NULL REFERENCES accounts.money_sources,
    source_seq bigint CHECK (source_seq > 0),
    kind smallint NOT NULL CHECK (kind IN (1, 2)),
    account_id bigint NOT NULL REFERENCES accounts.trading_accounts,
    asset_id bigint NOT NULL REFERENCES accounts.assets,
    amount_atoms bigint NOT NULL CHECK (amount_atoms BETWEEN 1 AND 4611686018427387904),
    external_ref text UNIQUE CHECK (length(external_ref) BETWEEN 1 AND 128),
    state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    reason smallint NOT NULL DEFAULT 0,
    event_seq bigint CHECK (event_seq > 0),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    UNIQUE (source_id, source_seq),
    CHECK ((source_seq IS NOT NULL) = (state IN (2, 3)))
);
CREATE UNIQUE INDEX money_commands_one_sending ON accounts.money_commands (source_id)
    WHERE state = 2;
CREATE INDEX money_commands_pending ON accounts.money_commands (money_command_id)
    WHERE state IN (1, 2);
CREATE INDEX money_commands_by_account
    ON accounts.money_commands (account_id, asset_id, created_ts_ns);

-- migrate:down
DROP TABLE accounts.money_commands, accounts.money_sources;
