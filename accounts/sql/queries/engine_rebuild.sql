-- numbers --
-- The last order, and the last time the engine told.
SELECT coalesce((SELECT max(order_id) FROM accounts.orders), 0) AS last_order_id,
    greatest(
        1,
        (SELECT max(updated_ts_ns) FROM accounts.orders),
        (SELECT max(ts_ns) FROM accounts.deposits),
        (SELECT max(ts_ns) FROM accounts.trades)
    ) AS last_ts_ns;

-- last_source_seqs --
SELECT source_id, max(source_seq) AS last_seq FROM accounts.deposits GROUP BY source_id;

-- request_keys --
-- Of the newest $1 orders and of the lists, oldest first.
SELECT account_id, client_order_id, order_id
FROM (
    SELECT account_id, client_order_id, order_id, created_seq FROM accounts.orders
    UNION ALL
    SELECT account_id, client_order_id, list_id, created_seq FROM accounts.order_lists
    ORDER BY created_seq DESC LIMIT $1
) AS newest
ORDER BY created_seq;
