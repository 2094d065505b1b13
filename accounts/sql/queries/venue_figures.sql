-- volumes --
-- Of each instrument that traded since $1 (ns): maker_side 1 is a maker who buys, whose fee is in base.
-- Lots in the units of their time.
SELECT i.symbol, b.name AS base_asset, q.name AS quote_asset, b.scale AS base_scale,
    q.scale AS quote_scale, count(*) AS trades, sum(t.quote_atoms)::text AS quote_atoms,
    sum(t.qty_lots::numeric * u.base_atoms_per_lot)::text AS base_atoms,
    sum(CASE WHEN t.maker_side = 1 THEN t.maker_fee_atoms ELSE t.taker_fee_atoms END)::text
        AS base_fee_atoms,
    sum(CASE WHEN t.maker_side = 1 THEN t.taker_fee_atoms ELSE t.maker_fee_atoms END)::text
        AS quote_fee_atoms
FROM accounts.trades AS t
JOIN accounts.instruments AS i USING (instrument_id)
JOIN accounts.assets AS b ON b.asset_id = i.base_asset_id
JOIN accounts.assets AS q ON q.asset_id = i.quote_asset_id
JOIN (
    SELECT instrument_id, first_trade_id, base_atoms_per_lot,
        lead(first_trade_id) OVER (PARTITION BY instrument_id ORDER BY from_seq) AS next_trade_id
    FROM accounts.instrument_units
) AS u ON u.instrument_id = t.instrument_id AND t.trade_id >= u.first_trade_id
    AND (u.next_trade_id IS NULL OR t.trade_id < u.next_trade_id)
WHERE t.shard = 0 AND t.event_seq >= accounts.first_trade_since($1)
GROUP BY i.instrument_id, i.symbol, b.name, q.name, b.scale, q.scale
ORDER BY i.instrument_id;

-- fees_earned --
-- What the venue's own account holds of each asset: all fees ever taken and not moved on.
SELECT a.name AS asset, a.scale, b.posted_atoms AS amount_atoms
FROM accounts.balances AS b JOIN accounts.assets AS a USING (asset_id)
WHERE b.account_id = 1 AND b.posted_atoms > 0 ORDER BY a.asset_id;

-- open_interest --
-- What waits in the books: orders, and what is left of them, by side.
SELECT i.symbol, o.side, count(*) AS orders, count(DISTINCT o.account_id) AS accounts,
    sum(o.leaves_qty_lots)::text AS leaves_qty_lots,
    sum(o.leaves_qty_lots::numeric * o.price_ticks * i.quote_atoms_per_tick_lot)::text
        AS quote_atoms,
    i.instrument_id
FROM accounts.orders AS o JOIN accounts.instruments AS i USING (instrument_id)
WHERE o.is_open GROUP BY i.instrument_id, i.symbol, o.side ORDER BY i.instrument_id, o.side;

-- top_by_volume --
-- Who traded most for one quote asset ($2) since $1 (ns); both sides of a trade count.
SELECT s.account_id, u.user_id, u.email, sum(s.quote_atoms)::text AS amount_atoms,
    count(*) AS fills
FROM (
    SELECT maker_account_id AS account_id, quote_atoms, instrument_id FROM accounts.trades
    WHERE shard = 0 AND event_seq >= accounts.first_trade_since($1)
    UNION ALL
    SELECT taker_account_id, quote_atoms, instrument_id FROM accounts.trades
    WHERE shard = 0 AND event_seq >= accounts.first_trade_since($1)
) AS s
JOIN accounts.instruments AS i USING (instrument_id)
LEFT JOIN accounts.trading_accounts AS a USING (account_id)
LEFT JOIN accounts.users AS u USING (user_id)
WHERE i.quote_asset_id = $2
GROUP BY s.account_id, u.user_id, u.email
ORDER BY sum(s.quote_atoms) DESC, s.account_id LIMIT $3;

-- top_by_balance --
SELECT b.account_id, u.user_id, u.email, b.posted_atoms::text AS amount_atoms, 0::bigint AS fills
FROM accounts.balances AS b
LEFT JOIN accounts.trading_accounts AS a USING (account_id)
LEFT JOIN accounts.users AS u USING (user_id)
WHERE b.asset_id = $1 AND b.account_id > 1 AND b.posted_atoms > 0
ORDER BY b.posted_atoms DESC, b.account_id LIMIT $2;

-- reconciliation --
SELECT s.checked_seq, (extract(epoch FROM s.checked_at) * 1000)::bigint AS checked_ms,
    s.differences, s.withdrawals_stopped, c.last_seq AS settled_seq
FROM accounts.audit_state AS s JOIN accounts.settlement_cursor AS c USING (shard)
WHERE s.shard = 0;

-- supplies --
-- Of each asset: what came in from outside and did not leave, and what all accounts have of it.
SELECT a.name AS asset, a.scale,
    coalesce(sum(-b.posted_atoms) FILTER (WHERE b.account_id = 0), 0)::text AS supply_atoms,
    coalesce(sum(b.posted_atoms) FILTER (WHERE b.account_id > 0), 0)::text AS owned_atoms,
    coalesce(sum(b.held_atoms) FILTER (WHERE b.account_id > 0), 0)::text AS held_atoms
FROM accounts.assets AS a LEFT JOIN accounts.balances AS b USING (asset_id)
GROUP BY a.asset_id, a.name, a.scale ORDER BY a.asset_id;
