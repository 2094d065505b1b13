-- migrate:up

-- Trades and one-second candles lie in a table for each month, so that old ones are dropped at once.
-- Nothing asks for the instrument again with every row: one writer stores it before its first trade,
-- in the order of the event stream.
ALTER TABLE md_trade RENAME TO md_trade_before;
ALTER TABLE md_candle RENAME TO md_candle_before;
ALTER TABLE md_trade_before RENAME CONSTRAINT md_trade_pkey TO md_trade_before_pkey;
ALTER TABLE md_candle_before RENAME CONSTRAINT md_candle_pkey TO md_candle_before_pkey;

CREATE TABLE md_trade (
    instrument_id bigint NOT NULL,
    trade_id bigint NOT NULL CHECK (trade_id > 0),
    event_seq bigint NOT NULL,
    ts_ns bigint NOT NULL,
    price_ticks bigint NOT NULL CHECK (price_ticks > 0),
    qty_lots bigint NOT NULL CHECK (qty_lots > 0),
    aggressor_side smallint NOT NULL,
    PRIMARY KEY (instrument_id, trade_id, ts_ns)
) PARTITION BY RANGE (ts_ns);

CREATE TABLE md_candle (
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
) PARTITION BY LIST (interval);
CREATE TABLE md_candle_1s PARTITION OF md_candle FOR VALUES IN ('1s')
    PARTITION BY RANGE (ts_open_ns);
CREATE TABLE md_candle_longer PARTITION OF md_candle DEFAULT;

CREATE FUNCTION md_make_month(begins_ns bigint, ends_ns bigint) RETURNS void AS $$
DECLARE
    month text := to_char(to_timestamp(begins_ns / 1000000000) AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS md_trade_%1$s PARTITION OF md_trade'
        ' FOR VALUES FROM (%2$s) TO (%3$s);'
        'CREATE TABLE IF NOT EXISTS md_candle_1s_%1$s PARTITION OF md_candle_1s'
        ' FOR VALUES FROM (%2$s) TO (%3$s)',
        month, begins_ns, ends_ns
    );
END
$$ LANGUAGE plpgsql;

-- Drops the months of one of the two tables that ended before a moment; returns their names.
CREATE FUNCTION md_drop_months(parent regclass, before_ns bigint) RETURNS SETOF text AS $$
DECLARE
    partition text;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent ORDER BY c.relname
    LOOP
        IF extract(epoch FROM to_date(right(partition, 7), 'YYYY_MM') + interval '1 month')
            <= before_ns / 1000000000 THEN
            EXECUTE format('DROP TABLE %I', partition);
            RETURN NEXT partition;
        END IF;
    END LOOP;
END
$$ LANGUAGE plpgsql;

DO $$
DECLARE
    month timestamp;
BEGIN
    FOR month IN
        SELECT DISTINCT date_trunc('month', to_timestamp(ns / 1000000000) AT TIME ZONE 'UTC')
        FROM (
            SELECT ts_ns AS ns FROM md_trade_before
            UNION ALL
            SELECT ts_open_ns FROM md_candle_before WHERE interval = '1s'
        ) AS stored
    LOOP
        PERFORM md_make_month(
            extract(epoch FROM month)::bigint * 1000000000,
            extract(epoch FROM month + interval '1 month')::bigint * 1000000000
        );
    END LOOP;
END
$$;

INSERT INTO md_trade SELECT * FROM md_trade_before;
INSERT INTO md_candle SELECT * FROM md_candle_before;
DROP TABLE md_trade_before;
DROP TABLE md_candle_before;

-- migrate:down

DROP FUNCTION md_make_month;
DROP FUNCTION md_drop_months;

CREATE TABLE md_trade_after (LIKE md_trade INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (instrument_id, trade_id));
INSERT INTO md_trade_after SELECT * FROM md_trade;
CREATE TABLE md_candle_after (LIKE md_candle INCLUDING ALL);
INSERT INTO md_candle_after SELECT * FROM md_candle;
DROP TABLE md_trade;
DROP TABLE md_candle;
ALTER TABLE md_trade_after RENAME TO md_trade;
ALTER TABLE md_candle_after RENAME TO md_candle;
ALTER TABLE md_trade ADD CONSTRAINT md_trade_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES md_instrument;
ALTER TABLE md_candle ADD CONSTRAINT md_candle_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES md_instrument;
ALTER INDEX md_trade_after_pkey RENAME TO md_trade_pkey;
ALTER INDEX md_candle_after_pkey RENAME TO md_candle_pkey;
