-- search_users --
-- $1: part of an e-mail, or NULL; $2: a role; $3: a status; $4: above this number; NULL: any.
SELECT u.user_id, u.email, u.role, u.status, u.created_ts_ns,
    (SELECT array_agg(t.account_id ORDER BY t.account_id) FROM accounts.trading_accounts AS t
     WHERE t.user_id = u.user_id) AS account_ids
FROM accounts.users AS u
WHERE ($1::text IS NULL OR position(lower($1) IN u.email) > 0)
    AND ($2::text IS NULL OR u.role = $2)
    AND ($3::text IS NULL OR u.status = $3)
    AND u.user_id > $4
ORDER BY u.user_id LIMIT $5;

-- operated_user --
SELECT u.user_id, u.email, u.role, u.status, u.created_ts_ns,
    (SELECT array_agg(t.account_id ORDER BY t.account_id) FROM accounts.trading_accounts AS t
     WHERE t.user_id = u.user_id) AS account_ids
FROM accounts.users AS u WHERE u.user_id = $1;

-- accounts_with_terms --
-- Above $1: of which something is set that a new account does not have, and whose they are.
SELECT a.account_id, u.user_id, u.email
FROM (
    SELECT account_id FROM accounts.account_terms
    WHERE account_status <> 1 OR fee_tier <> 0 OR open_orders_max <> 0
        OR orders_per_s <> 0 OR orders_burst <> 0
    UNION SELECT account_id FROM accounts.asset_limits) AS a
LEFT JOIN accounts.trading_accounts AS t USING (account_id)
LEFT JOIN accounts.users AS u USING (user_id)
WHERE a.account_id > $1 ORDER BY a.account_id LIMIT $2;

-- lock_user --
SELECT role, status FROM accounts.users WHERE user_id = $1 FOR UPDATE;

-- has_active_admin --
SELECT EXISTS (SELECT FROM accounts.users WHERE role = 'admin' AND status = 'active');

-- set_role --
UPDATE accounts.users SET role = $2 WHERE user_id = $1;

-- set_status --
UPDATE accounts.users SET status = $2, status_ts_ns = $3 WHERE user_id = $1;

-- want_status --
-- What its owner closed stays closed, and what was stopped by itself stays stopped.
UPDATE accounts.trading_accounts AS t SET wanted_status = greatest($2, own_status)
WHERE user_id = $1 AND NOT EXISTS (
    SELECT FROM accounts.sub_accounts AS s
    WHERE s.account_id = t.account_id AND s.closed_ts_ns IS NOT NULL);

-- lock_owner_of --
SELECT u.status FROM accounts.users AS u JOIN accounts.trading_accounts AS t USING (user_id)
WHERE t.account_id = $1 FOR UPDATE OF u;

-- set_own_status --
-- One that the engine has closed stays closed: the engine refuses what comes after.
UPDATE accounts.trading_accounts AS t SET own_status = $2
WHERE account_id = $1 AND NOT EXISTS (
    SELECT FROM accounts.account_terms AS a
    WHERE a.account_id = t.account_id AND a.account_status = 4);

-- end_sessions --
UPDATE accounts.sessions SET revoked_ts_ns = $2 WHERE user_id = $1 AND revoked_ts_ns IS NULL;

-- accounts_to_tell --
-- But not of $1.
SELECT account_id, wanted_status FROM accounts.trading_accounts
WHERE wanted_status IS NOT NULL AND engine_opened AND account_id <> ALL($1::bigint[])
ORDER BY account_id LIMIT $2;

-- told --
-- Unless somebody wanted another meanwhile.
UPDATE accounts.trading_accounts SET wanted_status = NULL
WHERE account_id = $1 AND wanted_status = $2;

-- still_to_tell --
SELECT count(*) FROM accounts.trading_accounts
WHERE user_id = $1 AND wanted_status IS NOT NULL;

-- stopped_users --
-- Stopped since $1: who was stopped before then has no access token any more.
SELECT user_id FROM accounts.users
WHERE status IN ('suspended', 'closed') AND status_ts_ns > $1;

-- all_open_orders --
-- Of some accounts, newest first.
SELECT o.order_id, o.account_id, i.symbol, o.side, o.order_type, o.status, o.price_ticks,
    o.qty_lots, o.leaves_qty_lots, o.created_ts_ns
FROM accounts.orders AS o JOIN accounts.instruments AS i USING (instrument_id)
WHERE o.is_open AND o.account_id = ANY($1::bigint[])
ORDER BY o.order_id DESC LIMIT $2;
