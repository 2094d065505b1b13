-- migrate:up

-- What the venue said it owes, at which event of the ledger. These rows stay for ever; the trees behind
-- the newest ones too, so that their users can have their paths.
CREATE TABLE accounts.liabilities (
    liability_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_seq bigint NOT NULL CHECK (event_seq >= 0),
    chain bytea NOT NULL CHECK (length(chain) = 16),
    ts_ns bigint NOT NULL CHECK (ts_ns > 0)
);

CREATE TABLE accounts.liability_assets (
    liability_id bigint NOT NULL REFERENCES accounts.liabilities,
    asset_id bigint NOT NULL REFERENCES accounts.assets,
    total_atoms bigint NOT NULL CHECK (total_atoms BETWEEN 0 AND 4611686018427387904),
    leaves bigint NOT NULL CHECK (leaves > 0),
    root_hash bytea NOT NULL CHECK (length(root_hash) = 32),
    PRIMARY KEY (liability_id, asset_id)
);

CREATE TABLE accounts.liability_leaves (
    liability_id bigint NOT NULL REFERENCES accounts.liabilities,
    asset_id bigint NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    account_id bigint NOT NULL CHECK (account_id > 0),
    amount_atoms bigint NOT NULL CHECK (amount_atoms > 0),
    salt bytea NOT NULL CHECK (length(salt) = 16),
    PRIMARY KEY (liability_id, account_id, asset_id)
);

-- level 0 are the leaves.
CREATE TABLE accounts.liability_nodes (
    liability_id bigint NOT NULL REFERENCES accounts.liabilities,
    asset_id bigint NOT NULL,
    level integer NOT NULL CHECK (level >= 0),
    position bigint NOT NULL CHECK (position >= 0),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    sum_atoms bigint NOT NULL CHECK (sum_atoms >= 0),
    PRIMARY KEY (liability_id, asset_id, level, position)
);

CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.liabilities
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.liability_assets
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE ALL ON accounts.liabilities, accounts.liability_assets, accounts.liability_leaves,
            accounts.liability_nodes FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
DROP TABLE accounts.liability_nodes, accounts.liability_leaves, accounts.liability_assets,
    accounts.liabilities;
