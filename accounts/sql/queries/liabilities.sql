-- owed --
-- Every balance of an account, the venue's own fees included, and what the world outside brought in:
-- the same, counted from the other side.
SELECT b.asset_id, a.name AS asset, b.account_id, b.posted_atoms
FROM accounts.balances AS b JOIN accounts.assets AS a USING (asset_id)
WHERE b.posted_atoms <> 0 ORDER BY b.asset_id, b.account_id;

-- insert_liability --
INSERT INTO accounts.liabilities (event_seq, chain, ts_ns) VALUES ($1, $2, $3)
RETURNING liability_id;

-- insert_asset --
INSERT INTO accounts.liability_assets (liability_id, asset_id, total_atoms, leaves, root_hash)
VALUES ($1, $2, $3, $4, $5);

-- forget_leaves --
DELETE FROM accounts.liability_leaves WHERE liability_id <= $1;

-- forget_nodes --
DELETE FROM accounts.liability_nodes WHERE liability_id <= $1;

-- newest --
SELECT liability_id, event_seq, chain, ts_ns FROM accounts.liabilities
WHERE $2::bigint IS NULL OR liability_id = $2 ORDER BY liability_id DESC LIMIT $1;

-- assets_of --
SELECT x.asset_id, a.name AS asset, x.total_atoms, x.leaves, x.root_hash
FROM accounts.liability_assets AS x JOIN accounts.assets AS a USING (asset_id)
WHERE x.liability_id = $1 ORDER BY x.asset_id;

-- leaves_of_account --
SELECT asset_id, position, amount_atoms, salt FROM accounts.liability_leaves
WHERE liability_id = $1 AND account_id = $2 ORDER BY asset_id;

-- nodes_at --
SELECT n.level, n.position, n.hash, n.sum_atoms
FROM unnest($3::integer[], $4::bigint[]) AS wanted(level, position)
JOIN accounts.liability_nodes AS n ON n.liability_id = $1 AND n.asset_id = $2
    AND n.level = wanted.level AND n.position = wanted.position
ORDER BY n.level;
