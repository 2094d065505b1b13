-- migrate:up

-- Everything that moved under a number of its source, with the kind of money command that asks for
-- it: 2 DEPOSIT (the faucet's, too), 3 HOLD, 4 POST, 5 VOID, 6 TRANSFER. pending_ref: the number of
-- the hold that a post or a void resolves.
CREATE VIEW accounts.money_movements AS
SELECT shard, source_id, source_seq, event_seq, 2 AS kind, account_id, asset_id, amount_atoms,
    NULL::bigint AS pending_ref, NULL::bigint AS to_account_id, NULL::smallint AS transfer_reason,
    ts_ns
FROM accounts.deposits
UNION ALL
SELECT shard, source_id, source_seq, event_seq, phase + 2, debit_account_id, asset_id,
    CASE phase WHEN 2 THEN posted_atoms ELSE pending_atoms END, pending_ref, NULL, NULL, ts_ns
FROM accounts.pending_transfers
UNION ALL
SELECT shard, source_id, source_seq, event_seq, 6, from_account_id, asset_id, amount_atoms, NULL,
    to_account_id, reason, ts_ns
FROM accounts.account_transfers;

-- What each open order holds of what. A waiting order to buy at the market holds its own price for
-- that, every other order to buy its limit. Two legs of a list that are both open hold once, the
-- larger.
CREATE VIEW accounts.order_holds AS
SELECT o.account_id, max(
        CASE o.side WHEN 1 THEN o.leaves_qty_lots::numeric * i.quote_atoms_per_tick_lot
            * CASE WHEN o.hold_price_ticks > 0 AND o.status = 1 THEN o.hold_price_ticks
              ELSE o.price_ticks END
        ELSE o.leaves_qty_lots::numeric * i.base_atoms_per_lot END) AS hold,
    CASE o.side WHEN 1 THEN i.quote_asset_id ELSE i.base_asset_id END AS asset_id
FROM accounts.orders AS o JOIN accounts.instruments AS i USING (instrument_id)
WHERE o.is_open
GROUP BY o.account_id, o.side, i.instrument_id,
    CASE WHEN o.list_id > 0 THEN o.list_id ELSE -o.order_id END;

-- The auditor looks at the commands of new events only.
CREATE INDEX money_commands_by_event ON accounts.money_commands (event_seq);

-- migrate:down
DROP INDEX accounts.money_commands_by_event;
DROP VIEW accounts.order_holds;
DROP VIEW accounts.money_movements;
