-- all_balances --
SELECT account_id, asset_id, available_atoms, held_atoms FROM accounts.balances
WHERE account_id > 0 AND (available_atoms > 0 OR held_atoms > 0) ORDER BY account_id, asset_id;

-- account_balances --
SELECT b.asset_id, a.name AS asset, b.available_atoms, b.held_atoms, b.updated_seq
FROM accounts.balances AS b JOIN accounts.assets AS a USING (asset_id)
WHERE b.account_id = $1 ORDER BY a.asset_id;

-- account_transfers --
-- A page of an account's ledger, newest first: first the events that touched it, by the indexes of
-- trades, deposits, withdrawals and account_transfers, then their transfers. $2: before (event_seq, leg) = ($2, $3). $4: asset or
-- NULL. An event has at most four transfers, so $5 events hold at least $5 transfers.
WITH events AS (
    (SELECT t.event_seq FROM accounts.trades AS t
     WHERE t.maker_account_id = $1 AND t.event_seq <= $2
         AND ($4::bigint IS NULL OR t.instrument_id IN (
             SELECT instrument_id FROM accounts.instruments
             WHERE base_asset_id = $4 OR quote_asset_id = $4))
     ORDER BY t.event_seq DESC LIMIT $5 + 1)
    UNION
    (SELECT t.event_seq FROM accounts.trades AS t
     WHERE t.taker_account_id = $1 AND t.event_seq <= $2
         AND ($4::bigint IS NULL OR t.instrument_id IN (
             SELECT instrument_id FROM accounts.instruments
             WHERE base_asset_id = $4 OR quote_asset_id = $4))
     ORDER BY t.event_seq DESC LIMIT $5 + 1)
    UNION
    (SELECT d.event_seq FROM accounts.deposits AS d
     WHERE d.account_id = $1 AND d.event_seq <= $2 AND ($4::bigint IS NULL OR d.asset_id = $4)
     ORDER BY d.event_seq DESC LIMIT $5 + 1)
    UNION
    (SELECT p.event_seq FROM accounts.pending_transfers AS p
     WHERE p.debit_account_id = $1 AND p.phase = 2 AND p.event_seq <= $2
         AND ($4::bigint IS NULL OR p.asset_id = $4)
     ORDER BY p.event_seq DESC LIMIT $5 + 1)
    UNION
    (SELECT b.event_seq FROM accounts.account_transfers AS b
     WHERE b.from_account_id = $1 AND b.event_seq <= $2
         AND ($4::bigint IS NULL OR b.asset_id = $4)
     ORDER BY b.event_seq DESC LIMIT $5 + 1)
    UNION
    (SELECT b.event_seq FROM accounts.account_transfers AS b
     WHERE b.to_account_id = $1 AND b.event_seq <= $2
         AND ($4::bigint IS NULL OR b.asset_id = $4)
     ORDER BY b.event_seq DESC LIMIT $5 + 1)
)
SELECT x.event_seq, x.leg, x.code, x.asset_id, a.name AS asset, x.ts_ns,
    CASE WHEN x.credit_account_id = $1 THEN x.amount_atoms ELSE -x.amount_atoms END AS amount_atoms,
    CASE WHEN x.credit_account_id = $1 THEN x.credit_after_atoms ELSE x.debit_after_atoms END
        AS balance_after_atoms,
    CASE WHEN x.credit_account_id = $1 THEN x.debit_account_id ELSE x.credit_account_id END
        AS counterpart_account_id,
    t.instrument_id, t.trade_id, coalesce(d.source_id, p.source_id, b.source_id) AS source_id,
    coalesce(d.source_seq, p.pending_ref, b.source_seq) AS source_seq
FROM events
JOIN accounts.transfers AS x ON x.shard = 0 AND x.event_seq = events.event_seq
JOIN accounts.assets AS a ON a.asset_id = x.asset_id
LEFT JOIN accounts.trades AS t ON t.shard = 0 AND t.event_seq = events.event_seq
LEFT JOIN accounts.deposits AS d ON d.shard = 0 AND d.event_seq = events.event_seq
LEFT JOIN accounts.pending_transfers AS p ON p.shard = 0 AND p.event_seq = events.event_seq
LEFT JOIN accounts.account_transfers AS b ON b.shard = 0 AND b.event_seq = events.event_seq
WHERE (x.debit_account_id = $1 OR x.credit_account_id = $1)
    AND (x.event_seq < $2 OR x.event_seq = $2 AND x.leg < $3)
    AND ($4::bigint IS NULL OR x.asset_id = $4)
ORDER BY x.event_seq DESC, x.leg DESC LIMIT $5;

-- account_fills --
-- Newest first, before event $2; of one instrument or all. A trade with oneself is two fills. In an
-- auction both orders had waited: both are makers.
SELECT f.*, i.symbol, CASE WHEN f.side = 1 THEN i.base_asset_id ELSE i.quote_asset_id END
    AS fee_asset_id, o.list_id
FROM (
    (SELECT event_seq AS seq, instrument_id, trade_id, maker_order_id AS order_id,
         maker_side AS side, price_ticks, qty_lots, quote_atoms, maker_fee_atoms AS fee_atoms,
         1 AS liquidity, ts_ns
     FROM accounts.trades
     WHERE maker_account_id = $1 AND event_seq < $2
         AND ($3::bigint IS NULL OR instrument_id = $3)
         AND ($4::bigint IS NULL OR maker_order_id = $4)
     ORDER BY event_seq DESC LIMIT $5)
    UNION ALL
    (SELECT event_seq, instrument_id, trade_id, taker_order_id, 3 - maker_side, price_ticks,
         qty_lots, quote_atoms, taker_fee_atoms, CASE aggressor_side WHEN 0 THEN 1 ELSE 2 END,
         ts_ns
     FROM accounts.trades
     WHERE taker_account_id = $1 AND event_seq < $2
         AND ($3::bigint IS NULL OR instrument_id = $3)
         AND ($4::bigint IS NULL OR taker_order_id = $4)
     ORDER BY event_seq DESC LIMIT $5)
) AS f
JOIN accounts.instruments AS i USING (instrument_id)
JOIN accounts.orders AS o USING (order_id)
ORDER BY f.seq DESC, f.order_id DESC LIMIT $5;

-- trade_event_seq --
SELECT event_seq FROM accounts.trades WHERE instrument_id = $1 AND trade_id = $2;
