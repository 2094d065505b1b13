-- forget_schedule --
DELETE FROM accounts.scheduled_statuses WHERE instrument_id = $1;

-- forget_due --
-- Also what was due and refused: it is lost.
DELETE FROM accounts.scheduled_statuses WHERE instrument_id = $1 AND at_s <= $2;

-- forget_scheduled --
DELETE FROM accounts.scheduled_statuses WHERE instrument_id = $1 AND at_s = $2;

-- insert_scheduled --
INSERT INTO accounts.scheduled_statuses (instrument_id, at_s, trading_status) VALUES ($1, $2, $3);

-- forget_fees --
DELETE FROM accounts.instrument_fees WHERE instrument_id = $1 AND tier = $2;

-- insert_fees --
INSERT INTO accounts.instrument_fees (instrument_id, tier, maker_fee_ppm, taker_fee_ppm)
VALUES ($1, $2, $3, $4);

-- know_account --
INSERT INTO accounts.account_terms (account_id)
SELECT $1::bigint
WHERE NOT EXISTS (SELECT FROM accounts.account_terms WHERE account_id = $1::bigint);

-- set_fee_tier --
UPDATE accounts.account_terms SET fee_tier = $2 WHERE account_id = $1;

-- set_account_status --
UPDATE accounts.account_terms SET account_status = $2 WHERE account_id = $1;

-- set_account_limits --
UPDATE accounts.account_terms
SET open_orders_max = $2, orders_per_s = $3, orders_burst = $4 WHERE account_id = $1;

-- forget_asset_limits --
DELETE FROM accounts.asset_limits WHERE account_id = $1 AND asset_id = $2;

-- insert_asset_limits --
INSERT INTO accounts.asset_limits
    (account_id, asset_id, position_max_atoms, order_notional_max_atoms) VALUES ($1, $2, $3, $4);

-- set_venue_status --
UPDATE accounts.venue SET venue_status = $1 WHERE shard = 0;

-- set_logic_version --
UPDATE accounts.venue SET logic_version = $1 WHERE shard = 0;

-- venue --
SELECT venue_status, logic_version FROM accounts.venue WHERE shard = 0;

-- all_account_terms --
SELECT account_id, account_status, fee_tier, open_orders_max, orders_per_s, orders_burst
FROM accounts.account_terms ORDER BY account_id;

-- all_asset_limits --
SELECT account_id, asset_id, position_max_atoms, order_notional_max_atoms
FROM accounts.asset_limits ORDER BY account_id, asset_id;

-- all_fees --
SELECT instrument_id, tier, maker_fee_ppm, taker_fee_ppm
FROM accounts.instrument_fees ORDER BY instrument_id, tier;

-- all_scheduled --
SELECT instrument_id, at_s, trading_status
FROM accounts.scheduled_statuses ORDER BY instrument_id, at_s;
