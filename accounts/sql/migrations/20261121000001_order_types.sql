-- migrate:up

-- trigger_price_ticks is 0 but for stops and take-profits, display_qty_lots but for icebergs, expire_s
-- (Unix seconds) but for good-till-date orders. visible_qty_lots is what the book shows of an order: 0
-- while it is not in it.
ALTER TABLE accounts.orders
    ADD COLUMN trigger_price_ticks bigint NOT NULL DEFAULT 0 CHECK (trigger_price_ticks >= 0),
    ADD COLUMN display_qty_lots bigint NOT NULL DEFAULT 0 CHECK (display_qty_lots >= 0),
    ADD COLUMN visible_qty_lots bigint NOT NULL DEFAULT 0,
    ADD COLUMN expire_s bigint NOT NULL DEFAULT 0 CHECK (expire_s BETWEEN 0 AND 4294967295);
UPDATE accounts.orders SET visible_qty_lots = leaves_qty_lots WHERE is_resting;
ALTER TABLE accounts.orders
    DROP COLUMN is_resting,
    ADD CHECK (visible_qty_lots BETWEEN 0 AND leaves_qty_lots),
    ADD CHECK (is_open OR leaves_qty_lots = 0),
    ADD CHECK (status <> 1 OR trigger_price_ticks > 0 AND visible_qty_lots = 0);

-- migrate:down
ALTER TABLE accounts.orders ADD COLUMN is_resting boolean NOT NULL DEFAULT false;
UPDATE accounts.orders SET is_resting = visible_qty_lots > 0;
ALTER TABLE accounts.orders
    ALTER COLUMN is_resting DROP DEFAULT,
    ADD CHECK (is_open OR (leaves_qty_lots = 0 AND NOT is_resting)),
    DROP COLUMN trigger_price_ticks,
    DROP COLUMN display_qty_lots,
    DROP COLUMN visible_qty_lots,
    DROP COLUMN expire_s;
