-- migrate:up

-- One row: who holds it in a transaction settles, and nobody else. chain is the rolling hash of
-- every event settled.
CREATE TABLE accounts.settlement_cursor (
    shard integer PRIMARY KEY,
    last_seq bigint NOT NULL CHECK (last_seq >= 0),
    chain bytea NOT NULL CHECK (length(chain) = 16),
    epoch integer NOT NULL CHECK (epoch > 0)
);
INSERT INTO accounts.settlement_cursor (shard, last_seq, chain, epoch)
VALUES (0, 0, decode(repeat('00', 16), 'hex'), 1);

-- The engine tells assets and instruments apart by id alone: names may repeat, the first one counts.
CREATE TABLE accounts.assets (
    asset_id bigint PRIMARY KEY CHECK (asset_id BETWEEN 1 AND 4294967295),
    name text NOT NULL,
    scale integer NOT NULL CHECK (scale BETWEEN 0 AND 8),
    created_seq bigint NOT NULL CHECK (created_seq > 0)
);

CREATE INDEX assets_by_name ON accounts.assets (name);

CREATE TABLE accounts.instruments (
    instrument_id bigint PRIMARY KEY CHECK (instrument_id BETWEEN 1 AND 4294967295),
    symbol text NOT NULL,
    base_asset_id bigint NOT NULL REFERENCES accounts.assets,
    quote_asset_id bigint NOT NULL REFERENCES accounts.assets,
    quote_atoms_per_tick_lot bigint NOT NULL CHECK (quote_atoms_per_tick_lot > 0),
    base_atoms_per_lot bigint NOT NULL CHECK (base_atoms_per_lot > 0),
    maker_fee_ppm bigint NOT NULL CHECK (maker_fee_ppm BETWEEN 0 AND 1000000),
    taker_fee_ppm bigint NOT NULL CHECK (taker_fee_ppm BETWEEN 0 AND 1000000),
    band_bps bigint NOT NULL CHECK (band_bps >= 0),
    min_notional_atoms bigint NOT NULL CHECK (min_notional_atoms >= 0),
    price_max_ticks bigint NOT NULL CHECK (price_max_ticks > 0),
    qty_max_lots bigint NOT NULL CHECK (qty_max_lots > 0),
    trading_status smallint NOT NULL CHECK (trading_status BETWEEN 1 AND 5),
    book_seq bigint NOT NULL CHECK (book_seq >= 0),
    last_trade_price_ticks bigint NOT NULL CHECK (last_trade_price_ticks >= 0),
    next_trade_id bigint NOT NULL CHECK (next_trade_id > 0),
    created_seq bigint NOT NULL CHECK (created_seq > 0)
);
CREATE INDEX instruments_by_symbol ON accounts.instruments (symbol);

-- The accounts the engine has said it opened; users' accounts are in trading_accounts.
CREATE TABLE accounts.engine_accounts (
    account_id bigint PRIMARY KEY,
    group_id bigint NOT NULL,
    opened_seq bigint NOT NULL CHECK (opened_seq > 0)
);

-- posted_atoms is the sum of the account's transfers; available and held are what the engine says.
-- Account 0 is the world outside: what came in from it is its debt.
CREATE TABLE accounts.balances (
    account_id bigint NOT NULL CHECK (account_id >= 0),
    asset_id bigint NOT NULL REFERENCES accounts.assets,
    posted_atoms bigint NOT NULL,
    available_atoms bigint NOT NULL CHECK (available_atoms >= 0),
    held_atoms bigint NOT NULL CHECK (held_atoms >= 0),
    updated_seq bigint NOT NULL CHECK (updated_seq > 0),
    PRIMARY KEY (account_id, asset_id),
    CONSTRAINT balances_agree CHECK (
        CASE WHEN account_id = 0
            THEN posted_atoms BETWEEN -4611686018427387904 AND 0
                AND available_atoms = 0 AND held_atoms = 0
            ELSE posted_atoms BETWEEN 0 AND 4611686018427387904
                AND available_atoms = posted_atoms - held_atoms
        END
    )
) WITH (fillfactor = 70);

CREATE TABLE accounts.transfers (
    shard integer NOT NULL,
    event_seq bigint NOT NULL CHECK (event_seq > 0),
    leg smallint NOT NULL CHECK (leg >= 0),
    code smallint NOT NULL CHECK (code BETWEEN 1 AND 3),
    asset_id bigint NOT NULL,
    debit_account_id bigint NOT NULL CHECK (debit_account_id >= 0),
    credit_account_id bigint NOT NULL CHECK (credit_account_id >= 0),
    amount_atoms bigint NOT NULL CHECK (amount_atoms BETWEEN 1 AND 4611686018427387904),
    debit_after_atoms bigint NOT NULL,
    credit_after_atoms bigint NOT NULL,
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    PRIMARY KEY (shard, event_seq, leg),
    CHECK (debit_account_id <> credit_account_id),
    CHECK (CASE WHEN debit_account_id = 0 THEN debit_after_atoms <= 0
           ELSE debit_after_atoms >= 0 END),
    CHECK (CASE WHEN credit_account_id = 0 THEN credit_after_atoms <= 0
           ELSE credit_after_atoms >= 0 END)
);

-- Money from outside, under the number its source gave it.
CREATE TABLE accounts.deposits (
    shard integer NOT NULL,
    event_seq bigint NOT NULL CHECK (event_seq > 0),
    source_id bigint NOT NULL,
    source_seq bigint NOT NULL CHECK (source_seq > 0),
    account_id bigint NOT NULL CHECK (account_id > 0),
    asset_id bigint NOT NULL,
    amount_atoms bigint NOT NULL CHECK (amount_atoms BETWEEN 1 AND 4611686018427387904),
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    PRIMARY KEY (shard, event_seq),
    UNIQUE (source_id, source_seq)
);
CREATE INDEX deposits_by_account ON accounts.deposits (account_id, event_seq);

-- One row is both fills. Who owes and owns what for it is in transfers, under the same event_seq.
CREATE TABLE accounts.trades (
    shard integer NOT NULL,
    event_seq bigint NOT NULL CHECK (event_seq > 0),
    instrument_id bigint NOT NULL,
    trade_id bigint NOT NULL CHECK (trade_id > 0),
    maker_order_id bigint NOT NULL CHECK (maker_order_id > 0),
    taker_order_id bigint NOT NULL CHECK (taker_order_id > 0),
    maker_account_id bigint NOT NULL CHECK (maker_account_id > 0),
    taker_account_id bigint NOT NULL CHECK (taker_account_id > 0),
    maker_side smallint NOT NULL CHECK (maker_side IN (1, 2)),
    aggressor_side smallint NOT NULL CHECK (aggressor_side IN (1, 2)),
    price_ticks bigint NOT NULL CHECK (price_ticks > 0),
    qty_lots bigint NOT NULL CHECK (qty_lots > 0),
    quote_atoms bigint NOT NULL CHECK (quote_atoms BETWEEN 1 AND 4611686018427387904),
    maker_fee_atoms bigint NOT NULL CHECK (maker_fee_atoms >= 0),
    taker_fee_atoms bigint NOT NULL CHECK (taker_fee_atoms >= 0),
    ts_ns bigint NOT NULL CHECK (ts_ns > 0),
    PRIMARY KEY (shard, event_seq),
    UNIQUE (instrument_id, trade_id)
);
CREATE INDEX trades_by_maker ON accounts.trades (maker_account_id, event_seq);
CREATE INDEX trades_by_taker ON accounts.trades (taker_account_id, event_seq);

-- client_order_id is in the packed form of the wire: 28 bytes.
CREATE TABLE accounts.orders (
    order_id bigint PRIMARY KEY CHECK (order_id > 0),
    account_id bigint NOT NULL CHECK (account_id > 0),
    instrument_id bigint NOT NULL,
    client_order_id bytea NOT NULL CHECK (length(client_order_id) = 28),
    side smallint NOT NULL CHECK (side IN (1, 2)),
    order_type smallint NOT NULL CHECK (order_type BETWEEN 1 AND 7),
    time_in_force smallint NOT NULL CHECK (time_in_force BETWEEN 1 AND 4),
    self_trade_prevention smallint NOT NULL CHECK (self_trade_prevention BETWEEN 1 AND 5),
    flags smallint NOT NULL CHECK (flags >= 0),
    price_ticks bigint NOT NULL CHECK (price_ticks >= 0),
    qty_lots bigint NOT NULL CHECK (qty_lots >= 0),
    quote_budget_atoms bigint NOT NULL CHECK (quote_budget_atoms >= 0),
    leaves_qty_lots bigint NOT NULL CHECK (leaves_qty_lots >= 0),
    cum_qty_lots bigint NOT NULL CHECK (cum_qty_lots >= 0),
    cum_quote_atoms numeric(38, 0) NOT NULL CHECK (cum_quote_atoms >= 0),
    fee_atoms numeric(38, 0) NOT NULL CHECK (fee_atoms >= 0),
    status smallint NOT NULL CHECK (status BETWEEN 1 AND 7),
    reason smallint NOT NULL CHECK (reason >= 0),
    is_open boolean NOT NULL,
    is_resting boolean NOT NULL,
    created_ts_ns bigint NOT NULL CHECK (created_ts_ns > 0),
    updated_ts_ns bigint NOT NULL CHECK (updated_ts_ns >= created_ts_ns),
    created_seq bigint NOT NULL CHECK (created_seq > 0),
    updated_seq bigint NOT NULL CHECK (updated_seq >= created_seq),
    CHECK (is_open = (status IN (1, 2, 3))),
    CHECK (is_open OR (leaves_qty_lots = 0 AND NOT is_resting))
) WITH (fillfactor = 80);
CREATE INDEX orders_by_account ON accounts.orders (account_id, order_id);
CREATE INDEX orders_by_client_order_id ON accounts.orders (account_id, client_order_id);
CREATE INDEX orders_open ON accounts.orders (account_id, order_id) WHERE is_open;

CREATE FUNCTION accounts.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is immutable: what happened is corrected by a new entry', TG_TABLE_NAME;
END $$;
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.transfers
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.transfers
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.trades
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.trades
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();

-- migrate:down
DROP TABLE accounts.orders, accounts.trades, accounts.deposits, accounts.transfers,
    accounts.balances, accounts.engine_accounts, accounts.instruments, accounts.assets,
    accounts.settlement_cursor;
DROP FUNCTION accounts.refuse_change();
