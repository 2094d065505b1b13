-- migrate:up

-- code: 5 between accounts of one login, 6 a trade undone, 7 a balance put right.
ALTER TABLE accounts.transfers
    DROP CONSTRAINT transfers_code_check,
    ADD CONSTRAINT transfers_code_check CHECK (code BETWEEN 1 AND 7);

-- Money that moved from one account of the venue to another, under the number its source gave it: a
-- transfer of the same event says so too. reason: 1 SUB_ACCOUNT, 2 TRADE_BUST, 3 ADJUSTMENT.
CREATE TABLE accounts.account_transfers (
    shard integer NOT NULL,
    event_seq bigint NOT NULL CHECK (event_seq > 0),
    source_id bigint NOT NULL CHECK (source_id >= 0),
    source_seq bigint NOT NULL CHECK (source_seq > 0),
    reason smallint NOT NULL CHECK (reason BETWEEN 1 AND 3),
    asset_id bigint NOT NULL,
    from_account_id bigint NOT NULL CHECK (from_account_id > 0),
    to_account_id bigint NOT NULL CHECK (to_account_id > 0),
    amount_atoms bigint NOT NULL CHECK (amount_atoms BETWEEN 1 AND 4611686018427387904),
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    PRIMARY KEY (shard, event_seq),
    UNIQUE (source_id, source_seq),
    CHECK (from_account_id <> to_account_id)
);
CREATE INDEX account_transfers_by_sender
    ON accounts.account_transfers (from_account_id, event_seq);
CREATE INDEX account_transfers_by_receiver
    ON accounts.account_transfers (to_account_id, event_seq);
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.account_transfers
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.account_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();

-- kind: 6 TRANSFER. The venue's own account, which no login owns, gives fees back: so the sender of a
-- transfer need not be in trading_accounts, and the foreign key goes.
ALTER TABLE accounts.money_commands
    DROP CONSTRAINT money_commands_account_id_fkey,
    DROP CONSTRAINT money_commands_kind_check,
    ADD CONSTRAINT money_commands_kind_check CHECK (kind BETWEEN 1 AND 6),
    ADD COLUMN to_account_id bigint CHECK (to_account_id > 0 AND to_account_id <> account_id),
    ADD COLUMN transfer_reason smallint CHECK (transfer_reason BETWEEN 1 AND 3),
    ADD CHECK ((kind = 6) = (to_account_id IS NOT NULL)),
    ADD CHECK ((kind = 6) = (transfer_reason IS NOT NULL));

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE UPDATE, DELETE ON accounts.account_transfers FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
-- It refuses while transfers are stored: what happened is not rewritten.
DO $$ BEGIN
    IF EXISTS (SELECT FROM accounts.account_transfers)
        OR EXISTS (SELECT FROM accounts.money_commands WHERE kind = 6) THEN
        RAISE EXCEPTION 'there are transfers between accounts: they cannot be taken back';
    END IF;
END $$;
ALTER TABLE accounts.money_commands
    DROP COLUMN transfer_reason,
    DROP COLUMN to_account_id,
    DROP CONSTRAINT money_commands_kind_check,
    ADD CONSTRAINT money_commands_kind_check CHECK (kind BETWEEN 1 AND 5),
    ADD CONSTRAINT money_commands_account_id_fkey
        FOREIGN KEY (account_id) REFERENCES accounts.trading_accounts;
DROP TABLE accounts.account_transfers;
ALTER TABLE accounts.transfers
    DROP CONSTRAINT transfers_code_check,
    ADD CONSTRAINT transfers_code_check CHECK (code BETWEEN 1 AND 4);
