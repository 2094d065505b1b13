-- insert_proposal --
-- A trade is not undone again while a move of an earlier try stands: it would be made twice.
INSERT INTO accounts.proposals
    (kind, subject, moves, reason, asker_user_id, asker, created_ts_ns)
SELECT $1::text, $2::text, $3::jsonb, $4::text, $5::bigint, $6::text, $7::bigint
WHERE NOT EXISTS (
    SELECT FROM accounts.proposals AS p
    CROSS JOIN generate_series(0, jsonb_array_length(p.moves) - 1) AS move
    JOIN accounts.money_commands AS m
        ON m.external_ref = format('proposal:%s:%s', p.proposal_id, move) AND m.state = 3
    LEFT JOIN accounts.money_commands AS b ON b.external_ref = m.external_ref || ':back'
    WHERE $1::text = 'trade_bust' AND p.kind = 'trade_bust' AND p.subject = $2::text
        AND p.state = 'failed' AND b.state IS DISTINCT FROM 3)
    -- Nor while a transfer without a name may be its undoing: the ledger was made again from the
    -- journal, which does not say which proposal it belonged to.
    AND NOT EXISTS (
        SELECT FROM accounts.money_commands AS m
        WHERE $1::text = 'trade_bust' AND m.transfer_reason = 2 AND m.state = 3
            AND m.external_ref IS NULL
            AND jsonb_build_array(m.account_id, m.to_account_id, m.asset_id, m.amount_atoms)
                = $3::jsonb -> 0)
ON CONFLICT (subject) WHERE kind = 'trade_bust' AND state IN ('open', 'approved', 'done')
    DO NOTHING
RETURNING proposal_id;

-- lock_proposal --
SELECT proposal_id, kind, subject, moves::text, reason, asker_user_id, asker, created_ts_ns, state,
    decider, decided_ts_ns, detail
FROM accounts.proposals WHERE proposal_id = $1 FOR UPDATE;

-- decide --
UPDATE accounts.proposals SET state = $2, decider = $3, decided_ts_ns = $4 WHERE proposal_id = $1;

-- conclude --
UPDATE accounts.proposals SET state = $2, detail = $3 WHERE proposal_id = $1;

-- proposals --
-- Newest first, before $1; $2: in a state, or in any.
SELECT proposal_id, kind, subject, moves::text, reason, asker_user_id, asker, created_ts_ns, state,
    decider, decided_ts_ns, detail
FROM accounts.proposals
WHERE proposal_id < $1 AND ($2::text IS NULL OR state = $2)
ORDER BY proposal_id DESC LIMIT $3;

-- moves_of_trade --
-- What a trade moved, the last first: fees come back before what they were taken of.
SELECT x.debit_account_id, x.credit_account_id, x.asset_id, x.amount_atoms
FROM accounts.trades AS t
JOIN accounts.transfers AS x ON x.shard = t.shard AND x.event_seq = t.event_seq
WHERE t.instrument_id = $1 AND t.trade_id = $2 ORDER BY x.leg DESC;

-- available --
SELECT account_id, asset_id, available_atoms FROM accounts.balances
WHERE account_id = ANY($1::bigint[]);
