-- migrate:up

-- Candles made of other venues' trades. They lie apart from those made of this exchange's own: what
-- was imported is never counted into what was traded here.
CREATE TABLE md_import (
    instrument_id bigint PRIMARY KEY,
    source text NOT NULL,
    first_id bigint NOT NULL CHECK (first_id >= 0),
    last_id bigint NOT NULL CHECK (last_id >= first_id),
    last_ts_ns bigint NOT NULL,
    trades bigint NOT NULL CHECK (trades > 0),
    joined boolean NOT NULL
);

CREATE TABLE md_imported_candle (
    instrument_id bigint NOT NULL,
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
    tick_quote_atoms bigint NOT NULL CHECK (tick_quote_atoms > 0),
    tick_base_atoms bigint NOT NULL CHECK (tick_base_atoms > 0),
    base_atoms_per_lot bigint NOT NULL CHECK (base_atoms_per_lot > 0),
    PRIMARY KEY (instrument_id, interval, ts_open_ns)
);

-- migrate:down

DROP TABLE md_imported_candle;
DROP TABLE md_import;
