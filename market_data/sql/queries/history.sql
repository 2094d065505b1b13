-- first_trade_from --
-- The id of an instrument's first trade at or after a moment, or the next id there will be. Ids and
-- times rise together, so the moment is found by halving, with the key alone.
WITH RECURSIVE halving (low, high) AS (
    SELECT 1::bigint, coalesce((
        SELECT trade_id FROM md_trade WHERE instrument_id = $1 ORDER BY trade_id DESC LIMIT 1
    ), 0) + 1
    UNION ALL
    SELECT
        CASE WHEN middle.ts_ns < $2 THEN (h.low + h.high) / 2 + 1 ELSE h.low END,
        CASE WHEN middle.ts_ns < $2 THEN h.high ELSE (h.low + h.high) / 2 END
    FROM halving AS h
    CROSS JOIN LATERAL (
        SELECT ts_ns FROM md_trade
        WHERE instrument_id = $1 AND trade_id >= (h.low + h.high) / 2
        ORDER BY trade_id LIMIT 1
    ) AS middle
    WHERE h.low < h.high
)
SELECT low FROM halving WHERE low = high;

-- trades_from --
SELECT trade_id, ts_ns, price_ticks, qty_lots, aggressor_side
FROM md_trade
WHERE instrument_id = $1 AND trade_id >= $2 AND trade_id < $3
ORDER BY trade_id
LIMIT $4;
