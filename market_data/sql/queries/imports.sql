-- instrument --
SELECT instrument_id, quote_atoms_per_tick_lot, base_atoms_per_lot FROM md_instrument WHERE symbol = $1;

-- import --
SELECT source, first_id, last_id, last_ts_ns, trades, joined FROM md_import WHERE instrument_id = $1;

-- begin_import --
INSERT INTO md_import (instrument_id, source, first_id, last_id, last_ts_ns, trades, joined)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- move_import --
-- Says UPDATE 1 only if nobody else has moved it: one writer, each trade once.
UPDATE md_import SET last_id = $3, last_ts_ns = $4, trades = trades + $5
WHERE instrument_id = $1 AND last_id = $2;

-- join_import --
UPDATE md_import SET joined = $2 WHERE instrument_id = $1;

-- forget_import --
DELETE FROM md_import WHERE instrument_id = $1;

-- forget_candles --
DELETE FROM md_imported_candle WHERE instrument_id = $1;

-- newest_candles --
SELECT newest.*
FROM unnest($2::text[]) AS wanted (interval)
CROSS JOIN LATERAL (
    SELECT interval, ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
        volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
        tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
    FROM md_imported_candle AS c
    WHERE c.instrument_id = $1 AND c.interval = wanted.interval
    ORDER BY ts_open_ns DESC
    LIMIT 1
) AS newest;

-- write_candles --
-- Candles are absolute: the newer takes the place of the older.
INSERT INTO md_imported_candle (
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
    open_ticks = excluded.open_ticks, high_ticks = excluded.high_ticks,
    low_ticks = excluded.low_ticks, close_ticks = excluded.close_ticks,
    volume_lots = excluded.volume_lots, quote_volume_atoms = excluded.quote_volume_atoms,
    trades = excluded.trades, taker_buy_lots = excluded.taker_buy_lots,
    taker_buy_quote_atoms = excluded.taker_buy_quote_atoms,
    tick_quote_atoms = excluded.tick_quote_atoms, tick_base_atoms = excluded.tick_base_atoms,
    base_atoms_per_lot = excluded.base_atoms_per_lot;

-- first_own --
-- When the exchange's own candles of an interval begin, and whether imported ones may come before.
SELECT i.joined, (
    SELECT ts_open_ns FROM md_candle WHERE instrument_id = $1 AND interval = $2
    ORDER BY ts_open_ns LIMIT 1
) AS first_ns
FROM md_import AS i WHERE i.instrument_id = $1;

-- imported_from --
SELECT ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
    volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
    tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
FROM md_imported_candle
WHERE instrument_id = $1 AND interval = $2 AND ts_open_ns >= $3 AND ts_open_ns <= $4
ORDER BY ts_open_ns
LIMIT $5;

-- imported_until --
SELECT * FROM (
    SELECT ts_open_ns, open_ticks, high_ticks, low_ticks, close_ticks,
        volume_lots, quote_volume_atoms, trades, taker_buy_lots, taker_buy_quote_atoms,
        tick_quote_atoms, tick_base_atoms, base_atoms_per_lot
    FROM md_imported_candle
    WHERE instrument_id = $1 AND interval = $2 AND ts_open_ns <= $3
    ORDER BY ts_open_ns DESC
    LIMIT $4
) AS newest
ORDER BY ts_open_ns;
