-- migrate:up

-- What the last audit of the shard's books found: the event it compared them at, and how many
-- differences. Withdrawals stop at the first difference and stay stopped until an operator lets them go
-- on behind an audit without any.
CREATE TABLE accounts.audit_state (
    shard integer PRIMARY KEY,
    checked_seq bigint NOT NULL CHECK (checked_seq >= 0),
    checked_at timestamptz NOT NULL,
    differences bigint NOT NULL CHECK (differences >= 0),
    withdrawals_stopped boolean NOT NULL,
    CHECK (differences = 0 OR withdrawals_stopped)
);
INSERT INTO accounts.audit_state (shard, checked_seq, checked_at, differences, withdrawals_stopped)
VALUES (0, 0, to_timestamp(0), 0, false);

-- migrate:down
DROP TABLE accounts.audit_state;
