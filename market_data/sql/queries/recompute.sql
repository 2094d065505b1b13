-- prepare --
-- Equal tables in a schema of their own, found before the others by whoever has it first in its
-- search path. Not partitioned: they do not live long.
DROP SCHEMA IF EXISTS md_recomputed CASCADE;
CREATE SCHEMA md_recomputed;
CREATE TABLE md_recomputed.md_cursor (LIKE public.md_cursor INCLUDING ALL);
CREATE TABLE md_recomputed.md_instrument (LIKE public.md_instrument INCLUDING ALL);
CREATE TABLE md_recomputed.md_trade (LIKE public.md_trade INCLUDING ALL);
CREATE TABLE md_recomputed.md_candle (LIKE public.md_candle INCLUDING ALL);
INSERT INTO md_recomputed.md_cursor (shard, last_seq) VALUES (0, 0);
CREATE FUNCTION md_recomputed.md_make_month(begins_ns bigint, ends_ns bigint) RETURNS void
AS 'SELECT' LANGUAGE sql;

-- drop --
DROP SCHEMA IF EXISTS md_recomputed CASCADE;

-- stored_cursor --
SELECT last_seq FROM public.md_cursor WHERE shard = 0;

-- lock_cursor --
SELECT last_seq FROM public.md_cursor WHERE shard = 0 FOR UPDATE;

-- differences --
-- By interval of candles ('trade': of trades): rows that are not stored, that are stored and not
-- made, and that are stored otherwise.
WITH candles AS (
    SELECT coalesce(n.interval, s.interval) AS kind, s.interval IS NULL AS is_missing,
        n.interval IS NULL AS is_extra
    FROM md_recomputed.md_candle AS n
    FULL JOIN public.md_candle AS s USING (instrument_id, interval, ts_open_ns)
    WHERE to_jsonb(n) IS DISTINCT FROM to_jsonb(s)
),
trades AS (
    SELECT 'trade' AS kind, s.trade_id IS NULL AS is_missing, n.trade_id IS NULL AS is_extra
    FROM md_recomputed.md_trade AS n
    FULL JOIN public.md_trade AS s USING (instrument_id, trade_id, ts_ns)
    WHERE to_jsonb(n) IS DISTINCT FROM to_jsonb(s)
)
SELECT kind, count(*) FILTER (WHERE is_missing), count(*) FILTER (WHERE is_extra),
    count(*) FILTER (WHERE NOT is_missing AND NOT is_extra)
FROM (SELECT * FROM candles UNION ALL SELECT * FROM trades) AS different
GROUP BY kind ORDER BY kind;

-- counts --
SELECT (SELECT count(*) FROM md_recomputed.md_trade), (SELECT count(*) FROM md_recomputed.md_candle);

-- months --
SELECT DISTINCT extract(epoch FROM month)::bigint * 1000000000,
    extract(epoch FROM month + interval '1 month')::bigint * 1000000000
FROM (
    SELECT date_trunc('month', to_timestamp(ns / 1000000000) AT TIME ZONE 'UTC') AS month
    FROM (
        SELECT ts_ns AS ns FROM md_recomputed.md_trade
        UNION ALL
        SELECT ts_open_ns FROM md_recomputed.md_candle WHERE interval = '1s'
    ) AS made
) AS months;

-- make_month --
SELECT public.md_make_month($1, $2);

-- replace --
TRUNCATE public.md_trade, public.md_candle, public.md_instrument;
INSERT INTO public.md_instrument SELECT * FROM md_recomputed.md_instrument;
INSERT INTO public.md_trade SELECT * FROM md_recomputed.md_trade;
INSERT INTO public.md_candle SELECT * FROM md_recomputed.md_candle;
