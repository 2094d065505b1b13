-- begin_shard --
INSERT INTO command_log (shard, seq, entry)
SELECT $1, 0, ''
WHERE NOT EXISTS (SELECT FROM command_log WHERE shard = $1)
ON CONFLICT DO NOTHING;

-- append --
-- The entry before it must be there, its own place must be free: the key decides between two writers.
INSERT INTO command_log (shard, seq, entry)
SELECT $1, $2::bigint + 1, $3
WHERE EXISTS (SELECT FROM command_log WHERE shard = $1 AND seq = $2)
ON CONFLICT DO NOTHING
RETURNING seq;

-- wait_for_quorum --
-- A commit that waits until all before it is on the quorum's disks, whoever wrote it.
SELECT pg_logical_emit_message(true, 'openbell', '');

-- head --
SELECT max(seq) FROM command_log WHERE shard = $1;

-- read --
SELECT seq, entry
FROM (
    SELECT seq, entry, sum(octet_length(entry)) OVER (ORDER BY seq) - octet_length(entry) AS before
    FROM (
        SELECT seq, entry FROM command_log WHERE shard = $1 AND seq >= $2 ORDER BY seq LIMIT $3
    ) AS wanted
) AS sized
WHERE seq = $2 OR before + octet_length(entry) <= $4
ORDER BY seq;

-- first --
SELECT min(seq) FROM command_log WHERE shard = $1;

-- trim --
DELETE FROM command_log
WHERE shard = $1 AND seq < least($2, (SELECT max(seq) FROM command_log WHERE shard = $1));

-- exists --
SELECT to_regclass('command_log') IS NOT NULL;

-- settings --
SELECT name, setting
FROM pg_settings
WHERE name IN (
    'fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names',
    'transaction_read_only'
);
