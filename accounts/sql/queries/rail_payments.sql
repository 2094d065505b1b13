-- accept_payment --
-- A rail takes the same key once: asked again it does nothing.
INSERT INTO accounts.rail_payments
    (rail_key, rail, asset_id, address, amount_atoms, accepted_ts_ns)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (rail_key) DO NOTHING;

-- rail_payment --
SELECT amount_atoms, outcome, paid_atoms, reference, accepted_ts_ns
FROM accounts.rail_payments WHERE rail_key = $1;

-- decide_payment --
UPDATE accounts.rail_payments SET outcome = $2, paid_atoms = $3, reference = $4
WHERE rail_key = $1 AND rail = 1 AND outcome = 1;
