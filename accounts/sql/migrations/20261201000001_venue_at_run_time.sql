-- migrate:up

-- In an auction neither side is the aggressor: 0.
ALTER TABLE accounts.trades
    DROP CONSTRAINT trades_aggressor_side_check,
    ADD CONSTRAINT trades_aggressor_side_check CHECK (aggressor_side IN (0, 1, 2));

-- trailing_bps is 0 but for trailing stops, list_id but for the legs of a list. hold_price_ticks is
-- what a waiting order to buy at the market holds for each lot: its trigger price with the band that
-- the instrument had when the order was entered or amended; 0 for every other order.
ALTER TABLE accounts.orders
    ADD COLUMN trailing_bps integer NOT NULL DEFAULT 0 CHECK (trailing_bps >= 0),
    ADD COLUMN hold_price_ticks bigint NOT NULL DEFAULT 0 CHECK (hold_price_ticks >= 0),
    ADD COLUMN list_id bigint NOT NULL DEFAULT 0 CHECK (list_id >= 0),
    ADD COLUMN contingency_type smallint NOT NULL DEFAULT 0 CHECK (contingency_type IN (0, 1)),
    ADD CHECK ((list_id = 0) = (contingency_type = 0));
UPDATE accounts.orders AS o
SET hold_price_ticks = div(o.trigger_price_ticks::numeric * (10000 + i.band_bps) + 9999, 10000)
FROM accounts.instruments AS i
WHERE i.instrument_id = o.instrument_id AND o.status = 1 AND o.side = 1 AND o.price_ticks = 0;

-- list_id is the first order's id; the second's is the next.
CREATE TABLE accounts.order_lists (
    list_id bigint PRIMARY KEY CHECK (list_id > 0),
    account_id bigint NOT NULL CHECK (account_id > 0),
    instrument_id bigint NOT NULL,
    contingency_type smallint NOT NULL CHECK (contingency_type = 1),
    second_order_id bigint NOT NULL CHECK (second_order_id > list_id),
    client_order_id bytea NOT NULL CHECK (length(client_order_id) = 28),
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    created_seq bigint NOT NULL UNIQUE CHECK (created_seq > 0)
);
CREATE INDEX order_lists_by_client_order_id
    ON accounts.order_lists (account_id, client_order_id);

-- auction_ends_ns is 0 unless an auction ends by itself; 0 in a rule means that it is off.
ALTER TABLE accounts.instruments
    ADD COLUMN status_cause smallint NOT NULL DEFAULT 1 CHECK (status_cause BETWEEN 1 AND 4),
    ADD COLUMN auction_ends_ns bigint NOT NULL DEFAULT 0 CHECK (auction_ends_ns >= 0),
    ADD COLUMN collar_bps bigint NOT NULL DEFAULT 0 CHECK (collar_bps >= 0),
    ADD COLUMN breaker_bps bigint NOT NULL DEFAULT 0 CHECK (breaker_bps >= 0),
    ADD COLUMN breaker_window_s bigint NOT NULL DEFAULT 0 CHECK (breaker_window_s >= 0),
    ADD COLUMN auction_s bigint NOT NULL DEFAULT 0 CHECK (auction_s >= 0),
    ADD COLUMN reference_price_ticks bigint NOT NULL DEFAULT 0 CHECK (reference_price_ticks >= 0);

-- What a tick and a lot were: the ticks and lots of an order, trade or fill are those of the last
-- row that is not after it. first_trade_id: the first trade in these units.
CREATE TABLE accounts.instrument_units (
    instrument_id bigint NOT NULL REFERENCES accounts.instruments,
    from_seq bigint NOT NULL CHECK (from_seq > 0),
    first_trade_id bigint NOT NULL CHECK (first_trade_id > 0),
    quote_atoms_per_tick_lot bigint NOT NULL CHECK (quote_atoms_per_tick_lot > 0),
    base_atoms_per_lot bigint NOT NULL CHECK (base_atoms_per_lot > 0),
    PRIMARY KEY (instrument_id, from_seq)
);
INSERT INTO accounts.instrument_units
SELECT instrument_id, created_seq, 1, quote_atoms_per_tick_lot, base_atoms_per_lot
FROM accounts.instruments;

-- Fees of the tiers above 0; tier 0 pays the instrument's own.
CREATE TABLE accounts.instrument_fees (
    instrument_id bigint NOT NULL REFERENCES accounts.instruments,
    tier smallint NOT NULL CHECK (tier BETWEEN 1 AND 15),
    maker_fee_ppm bigint NOT NULL CHECK (maker_fee_ppm BETWEEN 0 AND 1000000),
    taker_fee_ppm bigint NOT NULL CHECK (taker_fee_ppm BETWEEN 0 AND 1000000),
    PRIMARY KEY (instrument_id, tier)
);

-- Changes of status that wait for their time.
CREATE TABLE accounts.scheduled_statuses (
    instrument_id bigint NOT NULL REFERENCES accounts.instruments,
    at_s bigint NOT NULL CHECK (at_s > 0),
    trading_status smallint NOT NULL CHECK (trading_status BETWEEN 1 AND 5),
    PRIMARY KEY (instrument_id, at_s)
);

-- Accounts for which anything was ever set; all others are active, in tier 0, without own limits.
CREATE TABLE accounts.account_terms (
    account_id bigint PRIMARY KEY CHECK (account_id > 0),
    account_status smallint NOT NULL DEFAULT 1 CHECK (account_status BETWEEN 1 AND 4),
    fee_tier smallint NOT NULL DEFAULT 0 CHECK (fee_tier BETWEEN 0 AND 15),
    open_orders_max bigint NOT NULL DEFAULT 0 CHECK (open_orders_max >= 0),
    orders_per_s bigint NOT NULL DEFAULT 0 CHECK (orders_per_s >= 0),
    orders_burst bigint NOT NULL DEFAULT 0 CHECK (orders_burst >= 0)
);

-- 0 is no limit.
CREATE TABLE accounts.asset_limits (
    account_id bigint NOT NULL CHECK (account_id > 0),
    asset_id bigint NOT NULL REFERENCES accounts.assets,
    position_max_atoms bigint NOT NULL CHECK (position_max_atoms >= 0),
    order_notional_max_atoms bigint NOT NULL CHECK (order_notional_max_atoms >= 0),
    PRIMARY KEY (account_id, asset_id)
);

-- One row.
CREATE TABLE accounts.venue (
    shard integer PRIMARY KEY,
    venue_status smallint NOT NULL CHECK (venue_status IN (1, 2)),
    logic_version bigint NOT NULL CHECK (logic_version > 0)
);
INSERT INTO accounts.venue (shard, venue_status, logic_version) VALUES (0, 1, 1);

-- migrate:down
DROP TABLE accounts.venue, accounts.asset_limits, accounts.account_terms,
    accounts.scheduled_statuses, accounts.instrument_fees, accounts.instrument_units,
    accounts.order_lists;
ALTER TABLE accounts.instruments
    DROP COLUMN status_cause,
    DROP COLUMN auction_ends_ns,
    DROP COLUMN collar_bps,
    DROP COLUMN breaker_bps,
    DROP COLUMN breaker_window_s,
    DROP COLUMN auction_s,
    DROP COLUMN reference_price_ticks;
ALTER TABLE accounts.orders
    DROP COLUMN trailing_bps,
    DROP COLUMN hold_price_ticks,
    DROP COLUMN contingency_type,
    DROP COLUMN list_id;
-- It refuses while trades of auctions are stored: what happened is not rewritten.
ALTER TABLE accounts.trades
    DROP CONSTRAINT trades_aggressor_side_check,
    ADD CONSTRAINT trades_aggressor_side_check CHECK (aggressor_side IN (1, 2));
