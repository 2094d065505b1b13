-- migrate:up

-- One writer stores an instrument before its first trade, in the order of the event stream: asking
-- for it again with every trade and every candle is most of what storing them costs.
ALTER TABLE md_trade DROP CONSTRAINT md_trade_instrument_id_fkey;
ALTER TABLE md_candle DROP CONSTRAINT md_candle_instrument_id_fkey;

-- migrate:down

ALTER TABLE md_trade
    ADD CONSTRAINT md_trade_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES md_instrument;
ALTER TABLE md_candle
    ADD CONSTRAINT md_candle_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES md_instrument;
