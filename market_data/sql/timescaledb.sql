-- Untested: applied by hand (psql -f) to a migrated database whose server has TimescaleDB, with market
-- data stopped. Trades go from a table for each month into a hypertable; candles stay as they are.
BEGIN;
CREATE EXTENSION IF NOT EXISTS timescaledb;
ALTER TABLE md_trade RENAME TO md_trade_by_month;
CREATE TABLE md_trade (LIKE md_trade_by_month INCLUDING ALL);
SELECT create_hypertable('md_trade', 'ts_ns', chunk_time_interval => 2592000000000000);
INSERT INTO md_trade SELECT * FROM md_trade_by_month;
DROP TABLE md_trade_by_month;

CREATE OR REPLACE FUNCTION md_make_month(begins_ns bigint, ends_ns bigint) RETURNS void AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS md_candle_1s_%1$s PARTITION OF md_candle_1s'
        ' FOR VALUES FROM (%2$s) TO (%3$s)',
        to_char(to_timestamp(begins_ns / 1000000000) AT TIME ZONE 'UTC', 'YYYY_MM'), begins_ns, ends_ns
    );
END
$$ LANGUAGE plpgsql;

ALTER FUNCTION md_drop_months(regclass, bigint) RENAME TO md_drop_months_of_candles;
CREATE FUNCTION md_drop_months(parent regclass, before_ns bigint) RETURNS SETOF text AS $$
BEGIN
    IF parent = 'md_trade'::regclass THEN
        RETURN QUERY SELECT drop_chunks('md_trade', older_than => before_ns)::text;
    ELSE
        RETURN QUERY SELECT md_drop_months_of_candles(parent, before_ns);
    END IF;
END
$$ LANGUAGE plpgsql;
COMMIT;
