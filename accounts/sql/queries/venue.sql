-- all_instruments --
SELECT instrument_id, symbol, base_asset_id, quote_asset_id, quote_atoms_per_tick_lot,
    base_atoms_per_lot, maker_fee_ppm, taker_fee_ppm, band_bps, min_notional_atoms,
    price_max_ticks, qty_max_lots, trading_status, status_cause, auction_ends_ns, collar_bps,
    breaker_bps, breaker_window_s, auction_s, reference_price_ticks, book_seq,
    last_trade_price_ticks, next_trade_id, created_seq
FROM accounts.instruments ORDER BY instrument_id;

-- instruments_by_id --
SELECT instrument_id, symbol, base_asset_id, quote_asset_id, quote_atoms_per_tick_lot,
    base_atoms_per_lot, maker_fee_ppm, taker_fee_ppm, band_bps, min_notional_atoms,
    price_max_ticks, qty_max_lots, trading_status, status_cause, auction_ends_ns, collar_bps,
    breaker_bps, breaker_window_s, auction_s, reference_price_ticks, book_seq,
    last_trade_price_ticks, next_trade_id, created_seq
FROM accounts.instruments WHERE instrument_id = ANY($1::bigint[]);

-- update_instruments --
UPDATE accounts.instruments AS i
SET trading_status = u.trading_status, book_seq = u.book_seq,
    last_trade_price_ticks = u.last_trade_price_ticks, next_trade_id = u.next_trade_id
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[])
    AS u(instrument_id, trading_status, book_seq, last_trade_price_ticks, next_trade_id)
WHERE i.instrument_id = u.instrument_id;

-- update_terms --
-- What an operator changes, and what comes with a status.
UPDATE accounts.instruments
SET quote_atoms_per_tick_lot = $2, base_atoms_per_lot = $3, maker_fee_ppm = $4, taker_fee_ppm = $5,
    band_bps = $6, min_notional_atoms = $7, price_max_ticks = $8, qty_max_lots = $9,
    status_cause = $10, auction_ends_ns = $11, collar_bps = $12, breaker_bps = $13,
    breaker_window_s = $14, auction_s = $15, reference_price_ticks = $16
WHERE instrument_id = $1;

-- all_units --
SELECT instrument_id, from_seq, first_trade_id, quote_atoms_per_tick_lot, base_atoms_per_lot
FROM accounts.instrument_units ORDER BY instrument_id, from_seq;

-- all_assets --
SELECT asset_id, name, scale, created_seq FROM accounts.assets ORDER BY asset_id;

-- asset_by_name --
SELECT asset_id, name, scale, created_seq FROM accounts.assets WHERE name = $1
ORDER BY created_seq LIMIT 1;

-- all_engine_accounts --
SELECT account_id, group_id, opened_seq FROM accounts.engine_accounts ORDER BY account_id;

-- instrument_by_symbol --
SELECT instrument_id FROM accounts.instruments WHERE symbol = $1 ORDER BY created_seq LIMIT 1;
