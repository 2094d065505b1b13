-- next_transfer --
-- Time goes with the sequence: the first transfer at or behind an event tells when that was.
SELECT event_seq, ts_ns FROM accounts.transfers WHERE shard = 0 AND event_seq >= $1
ORDER BY event_seq LIMIT 1;

-- assets_of_account --
SELECT a.asset_id, a.name AS asset FROM accounts.balances AS b JOIN accounts.assets AS a
    USING (asset_id)
WHERE b.account_id = $1 ORDER BY a.asset_id;

-- movements --
-- What came and went by events $2 to $3, by asset and cause.
WITH events AS (
    SELECT event_seq FROM accounts.trades
    WHERE maker_account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.trades
    WHERE taker_account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.deposits
    WHERE account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.pending_transfers
    WHERE debit_account_id = $1 AND phase = 2 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.account_transfers
    WHERE from_account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.account_transfers
    WHERE to_account_id = $1 AND event_seq BETWEEN $2 AND $3
)
SELECT x.asset_id, x.code, count(*) AS postings, min(x.event_seq) AS first_seq,
    max(x.event_seq) AS last_seq,
    coalesce(sum(x.amount_atoms) FILTER (WHERE x.credit_account_id = $1), 0)::text AS received,
    coalesce(sum(x.amount_atoms) FILTER (WHERE x.debit_account_id = $1), 0)::text AS paid
FROM events JOIN accounts.transfers AS x ON x.shard = 0 AND x.event_seq = events.event_seq
WHERE x.debit_account_id = $1 OR x.credit_account_id = $1
GROUP BY x.asset_id, x.code ORDER BY x.asset_id, x.code;

-- traded --
-- Fills of events $2 to $3 by instrument, side and liquidity, with what they cost; lots in the units
-- of their time. In an auction both orders had waited: both are makers.
SELECT i.symbol, b.name AS base_asset, q.name AS quote_asset, f.side, f.liquidity,
    count(*) AS fills, sum(f.qty_lots::numeric * u.base_atoms_per_lot)::text AS base_atoms,
    sum(f.quote_atoms)::text AS quote_atoms, sum(f.fee_atoms)::text AS fee_atoms
FROM (
    SELECT instrument_id, trade_id, maker_side AS side, 1 AS liquidity, qty_lots, quote_atoms,
        maker_fee_atoms AS fee_atoms
    FROM accounts.trades WHERE maker_account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION ALL
    SELECT instrument_id, trade_id, 3 - maker_side,
        CASE aggressor_side WHEN 0 THEN 1 ELSE 2 END, qty_lots, quote_atoms, taker_fee_atoms
    FROM accounts.trades WHERE taker_account_id = $1 AND event_seq BETWEEN $2 AND $3
) AS f
JOIN accounts.instruments AS i USING (instrument_id)
JOIN accounts.assets AS b ON b.asset_id = i.base_asset_id
JOIN accounts.assets AS q ON q.asset_id = i.quote_asset_id
JOIN (
    SELECT instrument_id, first_trade_id, base_atoms_per_lot,
        lead(first_trade_id) OVER (PARTITION BY instrument_id ORDER BY from_seq) AS next_trade_id
    FROM accounts.instrument_units
) AS u ON u.instrument_id = f.instrument_id AND f.trade_id >= u.first_trade_id
    AND (u.next_trade_id IS NULL OR f.trade_id < u.next_trade_id)
GROUP BY i.symbol, b.name, q.name, f.side, f.liquidity
ORDER BY i.symbol, f.side, f.liquidity;

-- changes_by_step --
-- How much of each asset came or went by events $2 to $3, in steps of $5 ns from $4 on; moved: of that,
-- what no trade and no fee was.
WITH events AS (
    SELECT event_seq FROM accounts.trades
    WHERE maker_account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.trades
    WHERE taker_account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.deposits
    WHERE account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.pending_transfers
    WHERE debit_account_id = $1 AND phase = 2 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.account_transfers
    WHERE from_account_id = $1 AND event_seq BETWEEN $2 AND $3
    UNION
    SELECT event_seq FROM accounts.account_transfers
    WHERE to_account_id = $1 AND event_seq BETWEEN $2 AND $3
)
SELECT x.asset_id, (x.ts_ns - $4::bigint) / $5::bigint AS step,
    sum(CASE WHEN x.credit_account_id = $1 THEN x.amount_atoms ELSE -x.amount_atoms END)::text
        AS change,
    coalesce(sum(CASE WHEN x.credit_account_id = $1 THEN x.amount_atoms ELSE -x.amount_atoms END)
        FILTER (WHERE x.code NOT IN (2, 3)), 0)::text AS moved
FROM events JOIN accounts.transfers AS x ON x.shard = 0 AND x.event_seq = events.event_seq
WHERE x.debit_account_id = $1 OR x.credit_account_id = $1
GROUP BY x.asset_id, step ORDER BY x.asset_id, step;
