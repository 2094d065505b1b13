-- balances_digest --
-- The texts are joined as the audit joins the engine's; equal digests need no rows.
SELECT md5(coalesce(string_agg(concat_ws(' ', account_id, asset_id, available_atoms, held_atoms),
                               ',' ORDER BY account_id, asset_id), ''))
FROM accounts.balances WHERE account_id > 0 AND (available_atoms > 0 OR held_atoms > 0);

-- open_orders_digest --
SELECT md5(coalesce(string_agg(concat_ws(' ', order_id, account_id, instrument_id, side,
                                         price_ticks, qty_lots, leaves_qty_lots, cum_qty_lots),
                               ',' ORDER BY order_id), ''))
FROM accounts.orders WHERE is_open;

-- posted_balances --
SELECT account_id, asset_id, posted_atoms FROM accounts.balances;

-- moved_between --
-- What the transfers of the events after $1 up to $2 changed.
SELECT account_id, asset_id, sum(delta)::bigint AS moved_atoms
FROM (
    SELECT credit_account_id AS account_id, asset_id, amount_atoms AS delta
    FROM accounts.transfers WHERE shard = 0 AND event_seq > $1 AND event_seq <= $2
    UNION ALL
    SELECT debit_account_id, asset_id, -amount_atoms
    FROM accounts.transfers WHERE shard = 0 AND event_seq > $1 AND event_seq <= $2
) AS legs
GROUP BY account_id, asset_id;

-- note_audit --
-- One difference stops withdrawals; an audit without any lets them go on only if it is told to ($4).
UPDATE accounts.audit_state
SET checked_seq = $2, checked_at = now(), differences = $3::bigint,
    withdrawals_stopped = $3::bigint > 0 OR withdrawals_stopped AND NOT $4
WHERE shard = $1
RETURNING withdrawals_stopped;

-- zero_sum --
-- Per asset, over every account with the world outside: what is owed is owned.
SELECT a.name AS asset, coalesce(sum(b.posted_atoms), 0)::text AS total,
    coalesce(sum(b.posted_atoms) FILTER (WHERE b.account_id > 0), 0)::text AS supply
FROM accounts.assets AS a LEFT JOIN accounts.balances AS b USING (asset_id)
GROUP BY a.asset_id, a.name ORDER BY a.asset_id;

-- balances_unlike_their_transfers --
SELECT account_id, asset_id, coalesce(b.posted_atoms, 0)::text AS posted,
    coalesce(t.total, 0)::text AS transferred
FROM accounts.balances AS b
FULL JOIN (
    SELECT account_id, asset_id, sum(delta) AS total
    FROM (
        SELECT credit_account_id AS account_id, asset_id, amount_atoms AS delta
        FROM accounts.transfers
        UNION ALL
        SELECT debit_account_id, asset_id, -amount_atoms FROM accounts.transfers
    ) AS legs
    GROUP BY account_id, asset_id
) AS t USING (account_id, asset_id)
WHERE coalesce(b.posted_atoms, 0) <> coalesce(t.total, 0)
ORDER BY account_id, asset_id LIMIT 100;

-- trades_unlike_their_transfers --
-- A trade between two accounts moves its quote amount once, and two fees; its ticks and lots are
-- those of its time.
SELECT t.event_seq, i.symbol, t.trade_id
FROM accounts.trades AS t JOIN accounts.instruments AS i USING (instrument_id)
JOIN (
    SELECT instrument_id, first_trade_id, quote_atoms_per_tick_lot, base_atoms_per_lot,
        lead(first_trade_id) OVER (PARTITION BY instrument_id ORDER BY from_seq) AS next_trade_id
    FROM accounts.instrument_units
) AS u ON u.instrument_id = t.instrument_id AND t.trade_id >= u.first_trade_id
    AND (u.next_trade_id IS NULL OR t.trade_id < u.next_trade_id)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(x.amount_atoms) FILTER (
               WHERE x.code = 2 AND x.asset_id = i.quote_asset_id), 0) AS quote_atoms,
        coalesce(sum(x.amount_atoms) FILTER (
            WHERE x.code = 2 AND x.asset_id = i.base_asset_id), 0) AS base_atoms,
        coalesce(sum(x.amount_atoms) FILTER (WHERE x.code = 3), 0) AS fee_atoms
    FROM accounts.transfers AS x WHERE x.shard = t.shard AND x.event_seq = t.event_seq
) AS moved
WHERE moved.fee_atoms <> t.maker_fee_atoms + t.taker_fee_atoms
    OR t.quote_atoms <> t.price_ticks::numeric * t.qty_lots * u.quote_atoms_per_tick_lot
    OR t.maker_account_id <> t.taker_account_id
        AND (moved.quote_atoms <> t.quote_atoms
             OR moved.base_atoms <> t.qty_lots * u.base_atoms_per_lot)
ORDER BY t.event_seq LIMIT 100;

-- instruments_with_missing_trades --
SELECT i.symbol, i.next_trade_id, count(t.trade_id) AS trades,
    coalesce(max(t.trade_id), 0) AS last_trade_id
FROM accounts.instruments AS i LEFT JOIN accounts.trades AS t USING (instrument_id)
GROUP BY i.instrument_id, i.symbol, i.next_trade_id
HAVING count(t.trade_id) <> i.next_trade_id - 1
    OR coalesce(max(t.trade_id), 0) <> i.next_trade_id - 1
ORDER BY i.instrument_id;

-- orders_unlike_their_fills --
SELECT o.order_id, o.cum_qty_lots::text AS said, coalesce(f.qty_lots, 0)::text AS filled
FROM accounts.orders AS o LEFT JOIN (
    SELECT order_id, sum(qty_lots) AS qty_lots
    FROM (
        SELECT maker_order_id AS order_id, qty_lots FROM accounts.trades
        UNION ALL
        SELECT taker_order_id, qty_lots FROM accounts.trades
    ) AS fills
    GROUP BY order_id
) AS f USING (order_id)
WHERE o.cum_qty_lots <> coalesce(f.qty_lots, 0)
ORDER BY o.order_id LIMIT 100;

-- holds_unlike_their_orders --
-- What is to leave is held too.
SELECT account_id, asset_id, coalesce(b.held_atoms, 0)::text AS held,
    coalesce(h.total, 0)::text AS ordered
FROM accounts.balances AS b
FULL JOIN (
    SELECT account_id, asset_id, sum(hold) AS total
    FROM (
        SELECT account_id, asset_id, hold FROM accounts.order_holds
        UNION ALL
        SELECT p.debit_account_id, p.asset_id, p.pending_atoms
        FROM accounts.pending_transfers AS p
        WHERE p.phase = 1 AND NOT EXISTS (
            SELECT FROM accounts.pending_transfers AS r
            WHERE r.source_id = p.source_id AND r.pending_ref = p.source_seq)
    ) AS holds
    GROUP BY account_id, asset_id
) AS h USING (account_id, asset_id)
WHERE coalesce(b.held_atoms, 0) <> coalesce(h.total, 0)
ORDER BY account_id, asset_id LIMIT 100;

-- holds_unlike_orders_and_withdrawals --
-- As above; who asks knows what is to leave: $1 accounts, $2 assets, $3 atoms.
SELECT account_id, asset_id, coalesce(b.held_atoms, 0)::text AS held,
    coalesce(h.total, 0)::text AS ordered
FROM accounts.balances AS b
FULL JOIN (
    SELECT account_id, asset_id, sum(hold) AS total
    FROM (
        SELECT account_id, asset_id, hold FROM accounts.order_holds
        UNION ALL
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
    ) AS holds
    GROUP BY account_id, asset_id
) AS h USING (account_id, asset_id)
WHERE coalesce(b.held_atoms, 0) <> coalesce(h.total, 0)
ORDER BY account_id, asset_id LIMIT 100;

-- movements_unlike_their_commands --
-- Of the events after $1 up to $2: money under our numbers that nobody asked for, or not so.
SELECT n.event_seq, n.source_id, n.source_seq
FROM accounts.money_movements AS n
LEFT JOIN accounts.money_commands AS m USING (source_id, source_seq)
LEFT JOIN accounts.money_commands AS h ON h.money_command_id = m.hold_command_id
WHERE n.shard = 0 AND n.event_seq > $1 AND n.event_seq <= $2
    AND n.source_id IN (SELECT source_id FROM accounts.money_sources)
    AND (greatest(m.kind, 2), m.account_id, m.asset_id, m.amount_atoms, m.to_account_id,
         m.transfer_reason, h.source_seq)
        IS DISTINCT FROM
        (n.kind, n.account_id, n.asset_id, n.amount_atoms, n.to_account_id,
         n.transfer_reason, n.pending_ref)
ORDER BY n.event_seq LIMIT 100;

-- commands_that_moved_nothing --
-- Said to be executed by an event after $1 up to $2; $3: those whose answer was not known when the
-- events up to $1 were looked at, or that were not there.
SELECT m.money_command_id, m.source_id, m.source_seq
FROM accounts.money_commands AS m
WHERE m.state = 3 AND m.event_seq <= $2
    AND (m.event_seq > $1 OR m.money_command_id = ANY($3::bigint[]))
    AND NOT EXISTS (SELECT FROM accounts.money_movements AS n
                    WHERE n.source_id = m.source_id AND n.source_seq = m.source_seq)
ORDER BY m.money_command_id LIMIT 100;

-- open_withdrawals --
-- Held and neither posted nor voided, to be compared with the engine's.
SELECT p.source_id, p.source_seq, p.debit_account_id AS account_id, p.asset_id,
    p.pending_atoms AS amount_atoms
FROM accounts.pending_transfers AS p
WHERE p.phase = 1 AND NOT EXISTS (
    SELECT FROM accounts.pending_transfers AS r
    WHERE r.source_id = p.source_id AND r.pending_ref = p.source_seq)
ORDER BY p.source_id, p.source_seq;

-- posts_unlike_their_transfers --
-- What was posted has left by one transfer of the same event, and nothing else has.
SELECT coalesce(p.event_seq, t.event_seq) AS event_seq, coalesce(p.posted_atoms, 0) AS posted,
    coalesce(t.amount_atoms, 0) AS transferred
FROM (SELECT * FROM accounts.pending_transfers WHERE phase = 2) AS p
FULL JOIN (SELECT * FROM accounts.transfers WHERE code = 4) AS t
    ON t.shard = p.shard AND t.event_seq = p.event_seq
WHERE (p.posted_atoms, p.debit_account_id, p.credit_account_id, p.asset_id) IS DISTINCT FROM
    (t.amount_atoms, t.debit_account_id, t.credit_account_id, t.asset_id)
ORDER BY 1 LIMIT 100;

-- pending_between --
-- What was held, posted and voided by the events after $1 up to $2.
SELECT phase, source_id, source_seq, pending_ref, debit_account_id, asset_id, pending_atoms
FROM accounts.pending_transfers
WHERE shard = 0 AND event_seq > $1 AND event_seq <= $2 ORDER BY event_seq;

-- unanswered_commands --
-- moved_seq: the event by which money has moved for one all the same.
SELECT m.money_command_id, n.event_seq AS moved_seq
FROM accounts.money_commands AS m
LEFT JOIN accounts.money_movements AS n USING (source_id, source_seq)
WHERE m.state IN (1, 2);

-- newest_requests --
SELECT (SELECT coalesce(max(money_command_id), 0) FROM accounts.money_commands) AS command_id,
    (SELECT coalesce(max(withdrawal_id), 0) FROM accounts.withdrawals) AS withdrawal_id;

-- commands_of_old_events --
-- Made after command $1, and said to be executed by an event up to $2, when there was none of them.
SELECT money_command_id FROM accounts.money_commands
WHERE money_command_id > $1 AND state = 3 AND event_seq <= $2;

-- withdrawals_since --
SELECT withdrawal_id FROM accounts.withdrawals WHERE withdrawal_id > $1;

-- unended_withdrawals --
SELECT withdrawal_id FROM accounts.withdrawals WHERE state NOT IN (6, 7, 8);

-- withdrawals_unlike_the_ledger --
-- Held until it ends, and ended as it says; and no hold of this source that nobody asked for. Those
-- that have not ended, $3 that had not when the events up to $1 were looked at or were not there, and
-- those that the events after $1 up to $2 are about; all of them if $1 is 0.
WITH looked_at AS (
    SELECT withdrawal_id FROM accounts.withdrawals WHERE state NOT IN (6, 7, 8)
    UNION
    SELECT unnest($3::bigint[])
    UNION
    SELECT w.withdrawal_id
    FROM accounts.pending_transfers AS p
    JOIN accounts.money_commands AS m USING (source_id, source_seq)
    JOIN accounts.withdrawals AS w
        ON w.hold_command_id = coalesce(m.hold_command_id, m.money_command_id)
    WHERE p.shard = 0 AND p.event_seq > $1 AND p.event_seq <= $2
    UNION
    SELECT withdrawal_id FROM accounts.withdrawals WHERE $1 = 0
)
SELECT w.withdrawal_id, w.state, p.source_seq AS held_as, r.phase AS resolved
FROM looked_at
JOIN accounts.withdrawals AS w USING (withdrawal_id)
JOIN accounts.money_commands AS m ON m.money_command_id = w.hold_command_id
LEFT JOIN accounts.pending_transfers AS p
    ON p.source_id = m.source_id AND p.source_seq = m.source_seq AND p.phase = 1
LEFT JOIN accounts.pending_transfers AS r
    ON r.source_id = p.source_id AND r.pending_ref = p.source_seq
WHERE w.state BETWEEN 2 AND 7 AND p.source_seq IS NULL
    OR w.state = 8 AND p.source_seq IS NOT NULL
    OR w.state BETWEEN 1 AND 5 AND w.resolution_command_id IS NULL AND r.phase IS NOT NULL
    OR w.state = 6 AND r.phase IS DISTINCT FROM 2
    OR w.state = 7 AND r.phase IS DISTINCT FROM 3
UNION ALL
SELECT NULL, NULL, p.source_seq, NULL
FROM accounts.pending_transfers AS p
WHERE p.shard = 0 AND p.event_seq > $1 AND p.event_seq <= $2 AND p.phase = 1
    AND p.source_id IN (SELECT source_id FROM accounts.money_sources)
    AND NOT EXISTS (
        SELECT FROM accounts.withdrawals AS w
        JOIN accounts.money_commands AS m ON m.money_command_id = w.hold_command_id
        WHERE m.source_id = p.source_id AND m.source_seq = p.source_seq)
ORDER BY 1, 3 LIMIT 100;

-- transfers_unlike_their_postings --
-- What moved between accounts is one transfer of the same event, and nothing else is.
SELECT coalesce(b.event_seq, t.event_seq) AS event_seq, coalesce(b.amount_atoms, 0) AS moved,
    coalesce(t.amount_atoms, 0) AS transferred
FROM accounts.account_transfers AS b
FULL JOIN (SELECT * FROM accounts.transfers WHERE code BETWEEN 5 AND 7) AS t
    ON t.shard = b.shard AND t.event_seq = b.event_seq
WHERE (b.amount_atoms, b.from_account_id, b.to_account_id, b.asset_id, b.reason + 4)
    IS DISTINCT FROM
    (t.amount_atoms, t.debit_account_id, t.credit_account_id, t.asset_id, t.code::integer)
ORDER BY 1 LIMIT 100;
