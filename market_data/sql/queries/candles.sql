-- cursor --
SELECT last_seq, epoch FROM md_cursor WHERE shard = 0;

-- move_cursor --
-- Says UPDATE 1 only if nobody else has moved it, and no later leader's events did: one writer, each event once.
UPDATE md_cursor SET last_seq = $2, epoch = $3 WHERE shard = 0 AND last_seq = $1 AND epoch <= $3;

-- instruments --
SELECT instrument_id, quote_atoms_per_tick_lot, base_atoms_per_lot FROM md_instrument;

-- insert_instrument --
INSERT INTO md_instrument (instrument_id, symbol, quote_atoms_per_tick_lot, base_atoms_per_lot)
VALUES ($1, $2, $3, $4);

-- update_instrument --
UPDATE md_instrument SET symbol = $2, quote_atoms_per_tick_lot = $3, base_atoms_per_lot = $4
WHERE instrument_id = $1;

-- make_month --
SELECT md_make_month($1, $2);

-- drop_months --
SELECT md_drop_months($1::text::regclass, $2);

-- replace_candles --
-- Candles are absolute: the newer takes the place of the older.
UPDATE md_candle AS c SET
    open_ticks = n.open_ticks, high_ticks = n.high_ticks, low_ticks = n.low_ticks,
    close_ticks = n.close_ticks, volume_lots = n.volume_lots,
    quote_volume_atoms = n.quote_volume_atoms, trades = n.trades,
    taker_buy_lots = n.taker_buy_lots, taker_buy_quote_atoms = n.taker_buy_quote_atoms,
    tick_quote_atoms = n.tick_quote_atoms, tick_base_atoms = n.tick_base_atoms,
    base_atoms_per_lot = n.base_atoms_per_lot
FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::numeric[], $9::numeric[], $10::bigint[], $11::numeric[], $12::numeric[],
    $13::bigint[], $14::bigint[], $15::bigint[]
) AS n (
    instrument_id, interval, ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
    volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
    tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
)
WHERE (c.instrument_id, c.interval, c.ts_open_ns) = (n.instrument_id, n.interval, n.ts_open_ns);

-- newest_candles --
-- The newest candle of every instrument and interval: what was open when the last batch was written.
SELECT newest.*
FROM md_instrument AS i
CROSS JOIN unnest($1::text[]) AS wanted (interval)
CROSS JOIN LATERAL (
    SELECT instrument_id, interval, ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
        volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
        tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
    FROM md_candle AS c
    WHERE c.instrument_id = i.instrument_id AND c.interval = wanted.interval
    ORDER BY ts_open_ns DESC
    LIMIT 1
) AS newest;

-- seconds_since --
SELECT instrument_id, ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
    volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
    tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
FROM md_candle
WHERE interval = '1s' AND ts_open_ns >= $1
ORDER BY instrument_id, ts_open_ns;

-- last_seconds_before --
-- Of each instrument the last second that traded before a moment: the price it was left at.
SELECT last.*
FROM md_instrument AS i
CROSS JOIN LATERAL (
    SELECT instrument_id, ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
        volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
        tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
    FROM md_candle AS c
    WHERE c.instrument_id = i.instrument_id AND c.interval = '1s' AND ts_open_ns < $1
    ORDER BY ts_open_ns DESC
    LIMIT 1
) AS last;

-- candles_from --
-- Oldest first from a start.
SELECT ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
    volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
    tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
FROM md_candle
WHERE instrument_id = $1 AND interval = $2 AND ts_open_ns >= $3 AND ts_open_ns <= $4
ORDER BY ts_open_ns
LIMIT $5;

-- candles_until --
-- The newest up to an end, oldest first.
SELECT * FROM (
    SELECT ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
        volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
        tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
    FROM md_candle
    WHERE instrument_id = $1 AND interval = $2 AND ts_open_ns <= $3
    ORDER BY ts_open_ns DESC
    LIMIT $4
) AS newest
ORDER BY ts_open_ns;

-- trades_before --
SELECT trade_id, ts_ns, price_ticks, qty_lots, aggressor_side
FROM md_trade
WHERE instrument_id = $1 AND trade_id < $2
ORDER BY trade_id DESC
LIMIT $3;

-- differences --
-- Open times at which a stored candle is not what the stored trades make. $1: the interval, $2 and
-- $3: its length and where one opens, in ns; a length of 0 is a month. Only for instruments whose
-- units never changed: of the others, trades alone do not say what their ticks and lots are. And
-- only candles whose trades are all still there.
WITH unchanged AS (
    SELECT i.instrument_id, i.quote_atoms_per_tick_lot AS k
    FROM md_instrument AS i
    WHERE NOT EXISTS (
        SELECT FROM md_candle AS c
        WHERE c.instrument_id = i.instrument_id AND c.interval = '1s' AND (
            c.base_atoms_per_lot <> i.base_atoms_per_lot
            OR c.tick_quote_atoms * i.base_atoms_per_lot
                <> c.tick_base_atoms * i.quote_atoms_per_tick_lot
        )
    )
),
traded AS (
    SELECT t.*, u.k, CASE WHEN $2::bigint > 0 THEN (t.ts_ns - $3) / $2 * $2 + $3 ELSE
        extract(epoch FROM date_trunc(
            'month', to_timestamp(t.ts_ns / 1000000000) AT TIME ZONE 'UTC'
        ) AT TIME ZONE 'UTC')::bigint * 1000000000 END AS opened
    FROM md_trade AS t JOIN unchanged AS u USING (instrument_id)
),
counted AS (
    SELECT instrument_id, opened,
        min(trade_id) AS first_id, max(trade_id) AS last_id,
        max(price_ticks) AS high, min(price_ticks) AS low, sum(qty_lots) AS lots,
        sum(price_ticks::numeric * qty_lots * k) AS quote, count(*) AS trades,
        coalesce(sum(qty_lots) FILTER (WHERE aggressor_side = 1), 0) AS bought,
        coalesce(sum(price_ticks::numeric * qty_lots * k) FILTER (WHERE aggressor_side = 1), 0)
            AS bought_quote
    FROM traded
    GROUP BY instrument_id, opened
),
stored AS (
    SELECT c.* FROM md_candle AS c JOIN unchanged USING (instrument_id) WHERE c.interval = $1
),
oldest AS (
    SELECT instrument_id, min(trade_id) AS trade_id, min(ts_ns) AS ts_ns
    FROM md_trade GROUP BY instrument_id
)
SELECT coalesce(c.instrument_id, s.instrument_id), coalesce(c.opened, s.ts_open_ns)
FROM counted AS c
JOIN md_trade AS f ON f.instrument_id = c.instrument_id AND f.trade_id = c.first_id
JOIN md_trade AS l ON l.instrument_id = c.instrument_id AND l.trade_id = c.last_id
FULL JOIN stored AS s ON s.instrument_id = c.instrument_id AND s.ts_open_ns = c.opened
LEFT JOIN oldest AS o ON o.instrument_id = coalesce(c.instrument_id, s.instrument_id)
WHERE (o.trade_id = 1 OR coalesce(c.opened, s.ts_open_ns) >= o.ts_ns) AND (
    f.price_ticks, c.high, c.low, l.price_ticks, c.lots, c.quote, c.trades, c.bought, c.bought_quote
) IS DISTINCT FROM (
    s.open_ticks, s.high_ticks, s.low_ticks, s.close_ticks, s.volume_lots,
    s.quote_volume_atoms, s.trades, s.taker_buy_lots, s.taker_buy_quote_atoms
)
ORDER BY 1, 2;
