-- migrate:up

CREATE TABLE md_cursor (
    shard integer PRIMARY KEY,
    last_seq bigint NOT NULL CHECK (last_seq >= 0)
);
INSERT INTO md_cursor (shard, last_seq) VALUES (0, 0);

CREATE TABLE md_instrument (
    instrument_id bigint PRIMARY KEY,
    symbol text NOT NULL,
    quote_atoms_per_tick_lot bigint NOT NULL CHECK (quote_atoms_per_tick_lot > 0)
);

CREATE TABLE md_trade (
    instrument_id bigint NOT NULL REFERENCES md_instrument,
    trade_id bigint NOT NULL CHECK (trade_id > 0),
    event_seq bigint NOT NULL,
    ts_ns bigint NOT NULL,
    price_ticks bigint NOT NULL CHECK (price_ticks > 0),
    qty_lots bigint NOT NULL CHECK (qty_lots > 0),
    aggressor_side smallint NOT NULL,
    PRIMARY KEY (instrument_id, trade_id)
);

-- Volumes are numeric: a month of a busy instrument may pass 64 bits of quote atoms.
CREATE TABLE md_candle (
    instrument_id bigint NOT NULL REFERENCES md_instrument,
    interval text NOT NULL,
    ts_open_ns bigint NOT NULL,
    open_ticks bigint NOT NULL CHECK (open_ticks > 0),
    high_ticks bigint NOT NULL CHECK (high_ticks >= open_ticks AND high_ticks >= close_ticks),
    low_ticks bigint NOT NULL CHECK (low_ticks > 0 AND low_ticks <= open_ticks AND low_ticks <= close_ticks),
    close_ticks bigint NOT NULL CHECK (close_ticks > 0),
    volume_lots numeric(38, 0) NOT NULL CHECK (volume_lots > 0),
    quote_volume_atoms numeric(38, 0) NOT NULL CHECK (quote_volume_atoms > 0),
    trades bigint NOT NULL CHECK (trades > 0),
    taker_buy_lots numeric(38, 0) NOT NULL CHECK (taker_buy_lots BETWEEN 0 AND volume_lots),
    taker_buy_quote_atoms numeric(38, 0) NOT NULL CHECK (taker_buy_quote_atoms BETWEEN 0 AND quote_volume_atoms),
    PRIMARY KEY (instrument_id, interval, ts_open_ns)
);

-- migrate:down

DROP TABLE md_candle;
DROP TABLE md_trade;
DROP TABLE md_instrument;
DROP TABLE md_cursor;
