-- migrate:up

ALTER TABLE accounts.transfers
    DROP CONSTRAINT transfers_code_check,
    ADD CONSTRAINT transfers_code_check CHECK (code BETWEEN 1 AND 4);

-- Money on its way out, in two steps. phase: 1 PENDING (held, named by its source and number), 2 POST
-- (posted_atoms of it have left: a transfer of the same event says so too; the rest is released),
-- 3 VOID (all of it is released). pending_ref is the number of the pending transfer that a row
-- resolves: at most one row does, and it names the same account, asset and amount. Rows never change.
CREATE TABLE accounts.pending_transfers (
    shard integer NOT NULL,
    event_seq bigint NOT NULL CHECK (event_seq > 0),
    phase smallint NOT NULL CHECK (phase BETWEEN 1 AND 3),
    source_id bigint NOT NULL CHECK (source_id >= 0),
    source_seq bigint NOT NULL CHECK (source_seq > 0),
    pending_ref bigint CHECK (pending_ref BETWEEN 1 AND source_seq - 1),
    pending_phase smallint GENERATED ALWAYS AS (CASE WHEN phase > 1 THEN 1 END) STORED,
    asset_id bigint NOT NULL,
    debit_account_id bigint NOT NULL CHECK (debit_account_id > 0),
    credit_account_id bigint NOT NULL CHECK (credit_account_id = 0),
    pending_atoms bigint NOT NULL CHECK (pending_atoms BETWEEN 1 AND 4611686018427387904),
    posted_atoms bigint NOT NULL CHECK (posted_atoms BETWEEN 0 AND pending_atoms),
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    PRIMARY KEY (shard, event_seq),
    UNIQUE (source_id, source_seq),
    UNIQUE (source_id, pending_ref),
    UNIQUE (source_id, source_seq, phase, debit_account_id, asset_id, pending_atoms),
    FOREIGN KEY (source_id, pending_ref, pending_phase, debit_account_id, asset_id, pending_atoms)
        REFERENCES accounts.pending_transfers
        (source_id, source_seq, phase, debit_account_id, asset_id, pending_atoms),
    CHECK ((phase = 1) = (pending_ref IS NULL)),
    CHECK ((phase = 2) = (posted_atoms > 0))
);
CREATE INDEX pending_transfers_by_account
    ON accounts.pending_transfers (debit_account_id, event_seq);
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.pending_transfers
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.pending_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();

-- kind: 3 HOLD, 4 POST, 5 VOID of a withdrawal, beside 1 FAUCET and 2 DEPOSIT. hold_command_id: the
-- hold that a post or a void resolves; of those that were not refused there is at most one.
ALTER TABLE accounts.money_commands
    DROP CONSTRAINT money_commands_kind_check,
    ADD CONSTRAINT money_commands_kind_check CHECK (kind BETWEEN 1 AND 5),
    ADD COLUMN hold_command_id bigint REFERENCES accounts.money_commands,
    ADD CHECK ((kind IN (4, 5)) = (hold_command_id IS NOT NULL));
CREATE UNIQUE INDEX money_commands_one_resolution ON accounts.money_commands (hold_command_id)
    WHERE state <> 4;

-- What an operator allows of an asset. Without a row: the venue's defaults.
CREATE TABLE accounts.withdrawal_rules (
    asset_id bigint PRIMARY KEY REFERENCES accounts.assets,
    day_max_atoms bigint NOT NULL CHECK (day_max_atoms BETWEEN 0 AND 4611686018427387904),
    approve_above_atoms bigint NOT NULL
        CHECK (approve_above_atoms BETWEEN 0 AND 4611686018427387904)
);

-- Where an account's money may go.
CREATE TABLE accounts.withdrawal_addresses (
    account_id bigint NOT NULL REFERENCES accounts.trading_accounts,
    asset_id bigint NOT NULL REFERENCES accounts.assets,
    address text NOT NULL CHECK (length(address) BETWEEN 1 AND 128),
    label text NOT NULL CHECK (length(label) BETWEEN 0 AND 64),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    PRIMARY KEY (account_id, asset_id, address)
);

-- state: 1 REQUESTED, 2 HELD, 3 APPROVED, 4 SENDING, 5 SENT, 6 POSTED, 7 VOIDED, 8 REFUSED.
-- rail_key: under which the rail is asked, drawn at random and stored before it is asked at all, so
-- that a restored backup never asks for one payment under the key of another. Once there is a
-- resolution_command_id the withdrawal does not move but to its end.
CREATE TABLE accounts.withdrawals (
    withdrawal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts.trading_accounts,
    asset_id bigint NOT NULL REFERENCES accounts.assets,
    amount_atoms bigint NOT NULL CHECK (amount_atoms BETWEEN 1 AND 4611686018427387904),
    address text NOT NULL CHECK (length(address) BETWEEN 1 AND 128),
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 64),
    rail smallint NOT NULL CHECK (rail IN (1, 2)),
    state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 8),
    hold_command_id bigint NOT NULL UNIQUE REFERENCES accounts.money_commands,
    resolution_command_id bigint UNIQUE REFERENCES accounts.money_commands,
    rail_key text UNIQUE CHECK (length(rail_key) = 32),
    rail_ref text NOT NULL DEFAULT '' CHECK (length(rail_ref) <= 256),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    UNIQUE (account_id, idempotency_key),
    CHECK (state NOT IN (4, 5, 6) OR rail_key IS NOT NULL),
    CHECK (state NOT IN (1, 2, 3, 8) OR rail_key IS NULL),
    CHECK (state NOT IN (6, 7) OR resolution_command_id IS NOT NULL)
);
CREATE INDEX withdrawals_by_account ON accounts.withdrawals (account_id, withdrawal_id);
CREATE INDEX withdrawals_open ON accounts.withdrawals (withdrawal_id)
    WHERE state NOT IN (6, 7, 8);

-- Every step of every withdrawal, who took it and why.
CREATE TABLE accounts.withdrawal_steps (
    withdrawal_id bigint NOT NULL REFERENCES accounts.withdrawals,
    step integer NOT NULL CHECK (step > 0),
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 8),
    actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 64),
    note text NOT NULL CHECK (length(note) <= 256),
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    PRIMARY KEY (withdrawal_id, step)
);
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.withdrawal_steps
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.withdrawal_steps
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();

-- What the manual rail and the simulated chain know: they are the world outside, which keeps its own
-- books and hears of a payment only by its key. outcome: 1 open, 2 paid, 3 failed (manual only; the
-- chain works it out from key and time).
CREATE TABLE accounts.rail_payments (
    rail_key text PRIMARY KEY CHECK (length(rail_key) = 32),
    rail smallint NOT NULL CHECK (rail IN (1, 2)),
    asset_id bigint NOT NULL,
    address text NOT NULL,
    amount_atoms bigint NOT NULL CHECK (amount_atoms > 0),
    outcome smallint NOT NULL DEFAULT 1 CHECK (outcome BETWEEN 1 AND 3),
    paid_atoms bigint NOT NULL DEFAULT 0 CHECK (paid_atoms BETWEEN 0 AND amount_atoms),
    reference text NOT NULL DEFAULT '' CHECK (length(reference) <= 256),
    accepted_ts_ns bigint NOT NULL CHECK (accepted_ts_ns > 0),
    CHECK ((outcome = 2) = (paid_atoms > 0))
);

-- Settlement adds pending transfers and never changes them; the wallet is not its business.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE UPDATE, DELETE ON accounts.pending_transfers FROM openbell_settlement;
        REVOKE ALL ON accounts.withdrawals, accounts.withdrawal_steps, accounts.withdrawal_rules,
            accounts.withdrawal_addresses, accounts.rail_payments FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
-- It refuses while withdrawals are stored: what happened is not rewritten.
DO $$ BEGIN
    IF EXISTS (SELECT FROM accounts.pending_transfers)
        OR EXISTS (SELECT FROM accounts.withdrawals) THEN
        RAISE EXCEPTION 'there are withdrawals: they cannot be taken back';
    END IF;
END $$;
DROP TABLE accounts.rail_payments, accounts.withdrawal_steps, accounts.withdrawals,
    accounts.withdrawal_addresses, accounts.withdrawal_rules;
DROP INDEX accounts.money_commands_one_resolution;
ALTER TABLE accounts.money_commands
    DROP COLUMN hold_command_id,
    DROP CONSTRAINT money_commands_kind_check,
    ADD CONSTRAINT money_commands_kind_check CHECK (kind IN (1, 2));
DROP TABLE accounts.pending_transfers;
ALTER TABLE accounts.transfers
    DROP CONSTRAINT transfers_code_check,
    ADD CONSTRAINT transfers_code_check CHECK (code BETWEEN 1 AND 3);
