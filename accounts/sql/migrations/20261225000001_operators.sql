-- migrate:up

-- status_ts_ns: when it was last set, 0 if it never was.
ALTER TABLE accounts.users
    DROP CONSTRAINT users_role_check,
    ADD CONSTRAINT users_role_check CHECK (role IN ('user', 'market_maker', 'support', 'admin')),
    ADD COLUMN status text NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'cancel_only', 'suspended', 'closed')),
    ADD COLUMN status_ts_ns bigint NOT NULL DEFAULT 0 CHECK (status_ts_ns >= 0);
CREATE INDEX users_stopped ON accounts.users (status_ts_ns) WHERE status IN ('suspended', 'closed');

-- wanted_status is what the engine is still to be told of the account: a crash between is healed by
-- telling it again.
ALTER TABLE accounts.trading_accounts
    ADD COLUMN wanted_status smallint CHECK (wanted_status BETWEEN 1 AND 4);
CREATE INDEX trading_accounts_to_tell ON accounts.trading_accounts (account_id)
    WHERE wanted_status IS NOT NULL;

-- What operators do: an act is written down before it is carried out, what became of it after. One
-- without an outcome was under way when the process ended. actor_user_id NULL: at the command line.
CREATE TABLE accounts.audit_log (
    act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    actor_user_id bigint REFERENCES accounts.users,
    actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 254),
    role text NOT NULL CHECK (length(role) BETWEEN 1 AND 32),
    ip text NOT NULL CHECK (length(ip) <= 64),
    action text NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 128),
    reason text NOT NULL CHECK (length(reason) <= 256),
    asked jsonb NOT NULL,
    before jsonb NOT NULL
);
CREATE INDEX audit_log_by_subject ON accounts.audit_log (subject, act_id);
CREATE INDEX audit_log_by_actor ON accounts.audit_log (actor, act_id);

-- first_seqs and last_seqs: the events of each command it came to, in order.
CREATE TABLE accounts.audit_outcomes (
    act_id bigint PRIMARY KEY REFERENCES accounts.audit_log,
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused', 'unknown')),
    detail text NOT NULL CHECK (length(detail) <= 512),
    after jsonb NOT NULL,
    first_seqs bigint[] NOT NULL,
    last_seqs bigint[] NOT NULL
);

-- What an instrument was from each event on: the newest row is what it is. Event 0: before anybody
-- kept count.
CREATE TABLE accounts.instrument_versions (
    instrument_id bigint NOT NULL REFERENCES accounts.instruments,
    event_seq bigint NOT NULL CHECK (event_seq >= 0),
    ts_ns bigint NOT NULL CHECK (ts_ns >= 0),
    quote_atoms_per_tick_lot bigint NOT NULL,
    base_atoms_per_lot bigint NOT NULL,
    maker_fee_ppm bigint NOT NULL,
    taker_fee_ppm bigint NOT NULL,
    band_bps bigint NOT NULL,
    min_notional_atoms bigint NOT NULL,
    price_max_ticks bigint NOT NULL,
    qty_max_lots bigint NOT NULL,
    trading_status smallint NOT NULL,
    status_cause smallint NOT NULL,
    collar_bps bigint NOT NULL,
    breaker_bps bigint NOT NULL,
    breaker_window_s bigint NOT NULL,
    auction_s bigint NOT NULL,
    reference_price_ticks bigint NOT NULL,
    PRIMARY KEY (instrument_id, event_seq)
);
INSERT INTO accounts.instrument_versions
SELECT instrument_id, 0, 0, quote_atoms_per_tick_lot, base_atoms_per_lot, maker_fee_ppm,
    taker_fee_ppm, band_bps, min_notional_atoms, price_max_ticks, qty_max_lots, trading_status,
    status_cause, collar_bps, breaker_bps, breaker_window_s, auction_s, reference_price_ticks
FROM accounts.instruments;

-- The first event at or after a time: time goes up with events, so halving finds it by a few looks
-- at the index, however long the history is.
CREATE FUNCTION accounts.first_trade_since(since_ns bigint) RETURNS bigint LANGUAGE plpgsql STABLE
AS $$
DECLARE
    low bigint := 0;
    high bigint := (SELECT coalesce(max(event_seq), 0) + 1 FROM accounts.trades);
    middle bigint;
    seen record;
BEGIN
    WHILE low < high LOOP
        middle := (low + high) / 2;
        SELECT event_seq, ts_ns INTO seen FROM accounts.trades
        WHERE shard = 0 AND event_seq >= middle ORDER BY event_seq LIMIT 1;
        IF seen.event_seq IS NULL OR seen.ts_ns >= since_ns THEN
            high := middle;
        ELSE
            low := seen.event_seq + 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.audit_log
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.audit_outcomes
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.audit_outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.instrument_versions
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.instrument_versions
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();

-- Settlement adds versions and never changes them; what operators do is not its business.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        REVOKE UPDATE, DELETE ON accounts.instrument_versions FROM openbell_settlement;
        REVOKE ALL ON accounts.audit_log, accounts.audit_outcomes FROM openbell_settlement;
    END IF;
END $$;

-- migrate:down
-- It refuses while acts are stored: what happened is not rewritten.
DO $$ BEGIN
    IF EXISTS (SELECT FROM accounts.audit_log) THEN
        RAISE EXCEPTION 'operators have acted: the log cannot be taken back';
    END IF;
END $$;
DROP FUNCTION accounts.first_trade_since(bigint);
DROP TABLE accounts.instrument_versions, accounts.audit_outcomes, accounts.audit_log;
ALTER TABLE accounts.trading_accounts DROP COLUMN wanted_status;
DROP INDEX accounts.users_stopped;
ALTER TABLE accounts.users
    DROP COLUMN status,
    DROP COLUMN status_ts_ns,
    DROP CONSTRAINT users_role_check,
    ADD CONSTRAINT users_role_check CHECK (role IN ('user', 'admin'));
