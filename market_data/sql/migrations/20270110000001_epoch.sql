-- migrate:up

-- The leadership that the events up to last_seq came from: an older one may not be stored after a newer one has.
ALTER TABLE md_cursor ADD COLUMN epoch bigint NOT NULL DEFAULT 1 CHECK (epoch > 0);

-- migrate:down

ALTER TABLE md_cursor DROP COLUMN epoch;
