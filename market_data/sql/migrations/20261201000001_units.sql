-- migrate:up

-- Every candle says what its ticks and lots are: an instrument's may change, and a candle may hold
-- trades of both times. What is stored was made of the engine's events without them, so it is made
-- anew: the cursor starts over.
TRUNCATE md_candle, md_trade, md_instrument;
UPDATE md_cursor SET last_seq = 0;
ALTER TABLE md_instrument
    ADD COLUMN base_atoms_per_lot bigint NOT NULL CHECK (base_atoms_per_lot > 0);
ALTER TABLE md_candle
    ADD COLUMN tick_quote_atoms bigint NOT NULL CHECK (tick_quote_atoms > 0),
    ADD COLUMN tick_base_atoms bigint NOT NULL CHECK (tick_base_atoms > 0),
    ADD COLUMN base_atoms_per_lot bigint NOT NULL CHECK (base_atoms_per_lot > 0);

-- migrate:down

ALTER TABLE md_candle
    DROP COLUMN tick_quote_atoms, DROP COLUMN tick_base_atoms, DROP COLUMN base_atoms_per_lot;
ALTER TABLE md_instrument DROP COLUMN base_atoms_per_lot;
