-- numbers --
-- The last order, and the last time the engine told.
SELECT coalesce((SELECT max(order_id) FROM accounts.orders), 0) AS last_order_id,
    greatest(
        1,
        (SELECT max(updated_ts_ns) FROM accounts.orders),
        (SELECT max(ts_ns) FROM accounts.deposits),
        (SELECT max(ts_ns) FROM accounts.pending_transfers),
        (SELECT max(ts_ns) FROM accounts.account_transfers),
        (SELECT max(ts_ns) FROM accounts.trades)
    ) AS last_ts_ns;

-- last_source_seqs --
SELECT source_id, max(source_seq) AS last_seq
FROM (
    SELECT source_id, source_seq FROM accounts.deposits
    UNION ALL
    SELECT source_id, source_seq FROM accounts.pending_transfers
    UNION ALL
    SELECT source_id, source_seq FROM accounts.account_transfers
) AS numbers
GROUP BY source_id;

-- held_withdrawals --
SELECT p.source_id, p.source_seq, p.debit_account_id, p.asset_id, p.pending_atoms
FROM accounts.pending_transfers AS p
WHERE p.phase = 1 AND NOT EXISTS (
    SELECT FROM accounts.pending_transfers AS r
    WHERE r.source_id = p.source_id AND r.pending_ref = p.source_seq);

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
