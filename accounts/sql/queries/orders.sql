-- orders_by_id --
SELECT order_id, account_id, instrument_id, client_order_id, side, order_type, time_in_force,
    self_trade_prevention, flags, price_ticks, qty_lots, trigger_price_ticks, trailing_bps,
    hold_price_ticks, display_qty_lots, quote_budget_atoms, leaves_qty_lots, visible_qty_lots,
    cum_qty_lots, cum_quote_atoms, fee_atoms, status, reason, is_open, list_id, contingency_type,
    expire_s, created_ts_ns, updated_ts_ns, created_seq, updated_seq
FROM accounts.orders WHERE order_id = ANY($1::bigint[]);

-- open_orders --
SELECT order_id, account_id, instrument_id, client_order_id, side, order_type, time_in_force,
    self_trade_prevention, flags, price_ticks, qty_lots, trigger_price_ticks, trailing_bps,
    hold_price_ticks, display_qty_lots, quote_budget_atoms, leaves_qty_lots, visible_qty_lots,
    cum_qty_lots, cum_quote_atoms, fee_atoms, status, reason, is_open, list_id, contingency_type,
    expire_s, created_ts_ns, updated_ts_ns, created_seq, updated_seq
FROM accounts.orders WHERE is_open ORDER BY order_id;

-- account_orders --
-- Newest first, before order $2. $3: instrument or NULL; $4: open, closed or all (NULL); $5: a
-- client order id or NULL.
SELECT order_id, account_id, instrument_id, client_order_id, side, order_type, time_in_force,
    self_trade_prevention, flags, price_ticks, qty_lots, trigger_price_ticks, trailing_bps,
    hold_price_ticks, display_qty_lots, quote_budget_atoms, leaves_qty_lots, visible_qty_lots,
    cum_qty_lots, cum_quote_atoms, fee_atoms, status, reason, is_open, list_id, contingency_type,
    expire_s, created_ts_ns, updated_ts_ns, created_seq, updated_seq
FROM accounts.orders
WHERE account_id = $1 AND order_id < $2
    AND ($3::bigint IS NULL OR instrument_id = $3)
    AND ($4::boolean IS NULL OR is_open = $4)
    AND ($5::bytea IS NULL OR client_order_id = $5)
ORDER BY order_id DESC LIMIT $6;

-- account_orders_between --
-- As account_orders, of those that entered from time $3 on, before $4; $6: side or NULL; $7: the statuses meant,
-- or NULL.
SELECT order_id, account_id, instrument_id, client_order_id, side, order_type, time_in_force,
    self_trade_prevention, flags, price_ticks, qty_lots, trigger_price_ticks, trailing_bps,
    hold_price_ticks, display_qty_lots, quote_budget_atoms, leaves_qty_lots, visible_qty_lots,
    cum_qty_lots, cum_quote_atoms, fee_atoms, status, reason, is_open, list_id, contingency_type,
    expire_s, created_ts_ns, updated_ts_ns, created_seq, updated_seq
FROM accounts.orders
WHERE account_id = $1 AND order_id < $2 AND created_ts_ns >= $3 AND created_ts_ns < $4
    AND ($5::bigint IS NULL OR instrument_id = $5)
    AND ($6::smallint IS NULL OR side = $6)
    AND ($7::smallint[] IS NULL OR status = ANY($7))
ORDER BY order_id DESC LIMIT $8;

-- account_order --
SELECT order_id, account_id, instrument_id, client_order_id, side, order_type, time_in_force,
    self_trade_prevention, flags, price_ticks, qty_lots, trigger_price_ticks, trailing_bps,
    hold_price_ticks, display_qty_lots, quote_budget_atoms, leaves_qty_lots, visible_qty_lots,
    cum_qty_lots, cum_quote_atoms, fee_atoms, status, reason, is_open, list_id, contingency_type,
    expire_s, created_ts_ns, updated_ts_ns, created_seq, updated_seq
FROM accounts.orders WHERE account_id = $1 AND order_id = $2;

-- update_orders --
UPDATE accounts.orders AS o
SET price_ticks = u.price_ticks, qty_lots = u.qty_lots,
    trigger_price_ticks = u.trigger_price_ticks, hold_price_ticks = u.hold_price_ticks,
    display_qty_lots = u.display_qty_lots, leaves_qty_lots = u.leaves_qty_lots,
    visible_qty_lots = u.visible_qty_lots, cum_qty_lots = u.cum_qty_lots,
    cum_quote_atoms = u.cum_quote_atoms, fee_atoms = u.fee_atoms, status = u.status,
    reason = u.reason, is_open = u.is_open, updated_ts_ns = u.updated_ts_ns,
    updated_seq = u.updated_seq
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::bigint[], $8::bigint[], $9::bigint[], $10::numeric[], $11::numeric[],
            $12::smallint[], $13::smallint[], $14::boolean[], $15::bigint[], $16::bigint[])
    AS u(order_id, price_ticks, qty_lots, trigger_price_ticks, hold_price_ticks, display_qty_lots,
         leaves_qty_lots, visible_qty_lots, cum_qty_lots, cum_quote_atoms, fee_atoms, status,
         reason, is_open, updated_ts_ns, updated_seq)
WHERE o.order_id = u.order_id;

-- last_list --
SELECT list_id, account_id, instrument_id, contingency_type, second_order_id, client_order_id,
    created_ts_ns, created_seq
FROM accounts.order_lists ORDER BY created_seq DESC LIMIT 1;

-- live_lists --
-- With an order open, or told of by event $1 itself: its orders are still to come.
SELECT list_id, account_id, instrument_id, contingency_type, second_order_id, client_order_id,
    created_ts_ns, created_seq
FROM accounts.order_lists
WHERE created_seq = $1
    OR list_id IN (SELECT list_id FROM accounts.orders WHERE is_open AND list_id > 0)
ORDER BY list_id;

-- account_list --
SELECT list_id, account_id, instrument_id, contingency_type, second_order_id, client_order_id,
    created_ts_ns, created_seq
FROM accounts.order_lists WHERE account_id = $1 AND list_id = $2;

-- account_list_by_client_id --
-- The newest: an id may be used again when the engine has forgotten it.
SELECT list_id, account_id, instrument_id, contingency_type, second_order_id, client_order_id,
    created_ts_ns, created_seq
FROM accounts.order_lists WHERE account_id = $1 AND client_order_id = $2
ORDER BY list_id DESC LIMIT 1;
