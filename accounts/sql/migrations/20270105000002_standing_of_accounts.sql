-- migrate:up

-- What an operator said of one account alone: a login that goes on does not take its accounts along
-- that were stopped by themselves.
ALTER TABLE accounts.trading_accounts
    ADD COLUMN own_status smallint NOT NULL DEFAULT 1 CHECK (own_status BETWEEN 1 AND 4);
UPDATE accounts.trading_accounts AS t SET own_status = a.account_status
FROM accounts.account_terms AS a, accounts.users AS u
WHERE a.account_id = t.account_id AND u.user_id = t.user_id AND u.status = 'active'
    AND a.account_status > 1;
-- What its owner closed while the engine was away: the engine is told again.
UPDATE accounts.trading_accounts AS t SET wanted_status = 4
FROM accounts.sub_accounts AS s
WHERE s.account_id = t.account_id AND s.closed_ts_ns IS NOT NULL;

-- How much of the one queue of money commands a login has.
CREATE INDEX money_commands_waiting ON accounts.money_commands (account_id) WHERE state IN (1, 2);

-- migrate:down
DROP INDEX accounts.money_commands_waiting;
ALTER TABLE accounts.trading_accounts DROP COLUMN own_status;
