-- refuse_sending --
-- One that was being sent when the copy was made, and whose number the ledger has for another: the
-- engine refused it, or its number would not have been given again. 19: it never will be executed.
UPDATE accounts.money_commands AS m SET state = 4, reason = 19, source_seq = NULL
FROM accounts.money_movements AS n
WHERE m.state = 2 AND n.source_id = m.source_id AND n.source_seq = m.source_seq
    AND (greatest(m.kind, 2), m.account_id, m.asset_id, m.amount_atoms, m.to_account_id,
         m.transfer_reason, (SELECT h.source_seq FROM accounts.money_commands AS h
                             WHERE h.money_command_id = m.hold_command_id))
        IS DISTINCT FROM
        (n.kind, n.account_id, n.asset_id, n.amount_atoms, n.to_account_id,
         n.transfer_reason, n.pending_ref);

-- finish_sending --
-- The others whose number the ledger has were executed.
UPDATE accounts.money_commands AS m SET state = 3, event_seq = n.event_seq
FROM accounts.money_movements AS n
WHERE m.state = 2 AND n.source_id = m.source_id AND n.source_seq = m.source_seq
RETURNING m.money_command_id;

-- without_command --
-- What moved under our numbers and has no command, in the order in which it was numbered.
SELECT n.source_id, n.source_seq, n.event_seq, n.kind, n.account_id, n.asset_id, n.amount_atoms,
    n.pending_ref, n.to_account_id, n.transfer_reason, n.ts_ns
FROM accounts.money_movements AS n
LEFT JOIN accounts.money_commands AS m USING (source_id, source_seq)
WHERE m.money_command_id IS NULL
    AND n.source_id IN (SELECT source_id FROM accounts.money_sources)
ORDER BY n.source_id, n.source_seq;

-- complete_command --
-- It was asked for before the copy of this database was made, and executed after. Numbers are given
-- in the order of asking.
UPDATE accounts.money_commands SET state = 3, source_seq = $2, event_seq = $3
WHERE money_command_id = (
    SELECT min(m.money_command_id)
    FROM accounts.money_commands AS m
    LEFT JOIN accounts.money_commands AS h ON h.money_command_id = m.hold_command_id
    WHERE m.state = 1 AND m.source_id = $1 AND greatest(m.kind, 2) = $4::integer
        AND m.account_id = $5 AND m.asset_id = $6 AND m.amount_atoms = $7
        AND h.source_seq IS NOT DISTINCT FROM $8
        AND m.to_account_id IS NOT DISTINCT FROM $9
        AND m.transfer_reason IS NOT DISTINCT FROM $10
)
RETURNING money_command_id;

-- insert_command --
INSERT INTO accounts.money_commands
    (source_id, source_seq, event_seq, kind, account_id, asset_id, amount_atoms, hold_command_id,
     to_account_id, transfer_reason, created_ts_ns, state)
VALUES ($1, $2, $3, $4, $5, $6, $7,
    (SELECT money_command_id FROM accounts.money_commands
     WHERE source_id = $1 AND source_seq = $8::bigint),
    $9, $10, $11, 3)
RETURNING money_command_id;

-- insert_withdrawal --
-- Of a hold that nobody here knows of. rail 1: an operator's, who alone can say what became of it.
INSERT INTO accounts.withdrawals (account_id, asset_id, amount_atoms, address, idempotency_key,
    rail, state, hold_command_id, created_ts_ns)
SELECT account_id, asset_id, amount_atoms, $2, 'recovered-' || source_id || '-' || source_seq, 1, 2,
    money_command_id, created_ts_ns
FROM accounts.money_commands WHERE money_command_id = $1
RETURNING withdrawal_id;

-- end_withdrawals --
-- Those whose hold the ledger has posted or voided. A payment that was made had a key, though it may
-- not be known: one that nothing is asked under any more stands for it.
UPDATE accounts.withdrawals AS w
SET state = m.kind + 2, resolution_command_id = m.money_command_id,
    rail_key = CASE m.kind WHEN 4
        THEN coalesce(w.rail_key, replace(gen_random_uuid()::text, '-', '')) ELSE w.rail_key END
FROM accounts.money_commands AS m
WHERE w.state NOT IN (6, 7, 8) AND m.hold_command_id = w.hold_command_id AND m.state = 3
RETURNING w.withdrawal_id, w.state;

-- end_proposals --
-- What moved for a reason ($1) that nobody here asked for may have been any proposal that is open
-- here: agreeing to it again would move its money again.
UPDATE accounts.proposals
SET state = 'failed', decider = coalesce(decider, $2), decided_ts_ns = coalesce(decided_ts_ns, $3),
    detail = $4
WHERE state IN ('open', 'approved')
    AND CASE kind WHEN 'trade_bust' THEN 2 WHEN 'adjustment' THEN 3 END = ANY($1::integer[]);

-- go_on_after_last --
UPDATE accounts.money_sources AS s
SET last_seq = greatest(s.last_seq, (
    SELECT coalesce(max(source_seq), 0) FROM accounts.money_movements AS n
    WHERE n.source_id = s.source_id
));

-- stop_withdrawals --
-- What left after this copy was made is not known here; 6, 7 and 8 are the states that end one.
UPDATE accounts.audit_state SET withdrawals_stopped = true
WHERE EXISTS (SELECT FROM accounts.withdrawals WHERE state NOT IN (6, 7, 8));

-- take_back_lost --
-- What the engine has executed or may have, and the ledger does not have, is lost with the engine's
-- journal: it is to be sent again, under the numbers that the ledger's last one leaves.
UPDATE accounts.money_commands AS m SET state = 1, source_seq = NULL, event_seq = NULL
WHERE m.state IN (2, 3) AND NOT EXISTS (
    SELECT FROM accounts.money_movements AS n
    WHERE n.source_id = m.source_id AND n.source_seq = m.source_seq)
RETURNING m.money_command_id;

-- reopen_proposals --
-- Of what is sent again ($1) may be refused now what was executed then: whoever agreed says so again,
-- and what became of each move is looked at anew.
UPDATE accounts.proposals AS p SET state = 'approved', detail = $2
WHERE p.state = 'done' AND EXISTS (
    SELECT FROM accounts.money_commands AS m
    WHERE m.money_command_id = ANY($1::bigint[])
        AND m.external_ref LIKE 'proposal:' || p.proposal_id || ':%');

-- number_from_the_ledger --
UPDATE accounts.money_sources AS s
SET last_seq = (SELECT coalesce(max(n.source_seq), 0) FROM accounts.money_movements AS n
                WHERE n.source_id = s.source_id);
