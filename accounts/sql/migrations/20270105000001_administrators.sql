-- migrate:up

-- Another administrator needs two operators: a proposal that moves no money.
ALTER TABLE accounts.proposals
    DROP CONSTRAINT proposals_kind_check,
    ADD CONSTRAINT proposals_kind_check
        CHECK (kind IN ('adjustment', 'trade_bust', 'administrator'));

-- When this session last showed its second factor: an operator's acts want it to be fresh.
ALTER TABLE accounts.sessions ADD COLUMN second_factor_ts_ns bigint
    CHECK (second_factor_ts_ns > 0);

-- migrate:down
ALTER TABLE accounts.sessions DROP COLUMN second_factor_ts_ns;
DELETE FROM accounts.proposals WHERE kind = 'administrator';
ALTER TABLE accounts.proposals
    DROP CONSTRAINT proposals_kind_check,
    ADD CONSTRAINT proposals_kind_check CHECK (kind IN ('adjustment', 'trade_bust'));
