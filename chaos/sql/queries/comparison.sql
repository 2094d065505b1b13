-- orders --
SELECT client_order_id, order_id, account_id, instrument_id, side, time_in_force, price_ticks,
    qty_lots, status, cum_qty_lots
FROM accounts.orders WHERE account_id = ANY($1::bigint[]);

-- trades --
SELECT instrument_id, trade_id, maker_order_id, taker_order_id, price_ticks, qty_lots
FROM accounts.trades;
