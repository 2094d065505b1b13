-- migrate:up

-- What one operator asks for and another must agree to: money moved by hand, and trades undone.
-- moves: [from_account_id, to_account_id, asset_id, amount_atoms] each, in order. approved: being
-- carried out. asker_user_id NULL: at the command line.
CREATE TABLE accounts.proposals (
    proposal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('adjustment', 'trade_bust')),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 128),
    moves jsonb NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 256),
    asker_user_id bigint REFERENCES accounts.users,
    asker text NOT NULL CHECK (length(asker) BETWEEN 1 AND 254),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'approved', 'rejected', 'done', 'failed')),
    decider text,
    decided_ts_ns bigint,
    detail text NOT NULL DEFAULT '' CHECK (length(detail) <= 512),
    CHECK ((state = 'open') = (decider IS NULL))
);
-- A trade is undone once.
CREATE UNIQUE INDEX proposals_one_bust ON accounts.proposals (subject)
    WHERE kind = 'trade_bust' AND state IN ('open', 'approved', 'done');

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE ALL ON accounts.proposals FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
DROP TABLE accounts.proposals;
