-- The replicated command log. Entry 0 of a shard is its beginning; an entry is never changed.
CREATE TABLE IF NOT EXISTS command_log (
    shard integer NOT NULL CHECK (shard >= 0),
    seq bigint NOT NULL CHECK (seq >= 0),
    entry bytea STORAGE EXTERNAL NOT NULL CHECK (octet_length(entry) <= 1048576),
    PRIMARY KEY (shard, seq)
);
