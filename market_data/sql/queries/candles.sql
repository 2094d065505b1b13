-- cursor --
SELECT last_seq FROM md_cursor WHERE shard = 0;

-- move_cursor --
-- Says UPDATE 1 only if nobody else has moved it: one writer, each event once.
UPDATE md_cursor SET last_seq = $2 WHERE shard = 0 AND last_seq = $1;

-- instruments --
SELECT instrument_id, quote_atoms_per_tick_lot, base_atoms_per_lot FROM md_instrument;

-- insert_instrument --
INSERT INTO md_instrument (instrument_id, symbol, quote_atoms_per_tick_lot, base_atoms_per_lot)
VALUES ($1, $2, $3, $4);

-- update_instrument --
UPDATE md_instrument SET symbol = $2, quote_atoms_per_tick_lot = $3, base_atoms_per_lot = $4
WHERE instrument_id = $1;

-- write_candles --
-- Candles are absolute: writing one again replaces it.
INSERT INTO md_candle (
    instrument_id, interval, ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
    volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
    tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
)
SELECT * FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::numeric[], $9::numeric[], $10::bigint[], $11::numeric[], $12::numeric[],
    $13::bigint[], $14::bigint[], $15::bigint[]
)
ON CONFLICT (instrument_id, interval, ts_open_ns) DO UPDATE SET
    open_ticks = excluded.open_ticks,
    high_ticks = excluded.high_ticks, low_ticks = excluded.low_ticks,
    close_ticks = excluded.close_ticks, volume_lots = excluded.volume_lots,
    quote_volume_atoms = excluded.quote_volume_atoms, trades = excluded.trades,
    taker_buy_lots = excluded.taker_buy_lots,
    taker_buy_quote_atoms = excluded.taker_buy_quote_atoms,
    tick_quote_atoms = excluded.tick_quote_atoms, tick_base_atoms = excluded.tick_base_atoms,
    base_atoms_per_lot = excluded.base_atoms_per_lot;

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
