-- insert_proposal --
INSERT INTO accounts.proposals
    (kind, subject, moves, reason, asker_user_id, asker, created_ts_ns)
VALUES ($1, $2, $3, $4, $5, $6, $7)
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
