-- migrate:up

-- Transfers lie in partitions of 2^26 events each. The rows of before stay where they are, in a first
-- one as wide as they need.
ALTER TABLE accounts.transfers RENAME TO transfers_0;
DROP TRIGGER immutable_rows ON accounts.transfers_0;
CREATE TABLE accounts.transfers (LIKE accounts.transfers_0 INCLUDING ALL)
    PARTITION BY RANGE (event_seq);
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.transfers
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.transfers
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();

-- Partition n holds the events from n * 2^26 on. It is attached, not created in its place: who reads
-- need not wait.
CREATE FUNCTION accounts.add_transfer_partition(partition bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := 'transfers_' || partition;
    first_seq bigint := partition << 26;
BEGIN
    IF to_regclass('accounts.' || name) IS NOT NULL OR EXISTS (
        SELECT FROM accounts.transfer_start WHERE first_partition > partition) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE accounts.%I (LIKE accounts.transfers INCLUDING ALL)', name);
    EXECUTE format('CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change()', name);
    EXECUTE format('ALTER TABLE accounts.transfers ATTACH PARTITION accounts.%I '
                   'FOR VALUES FROM (%s) TO (%s)', name, first_seq, first_seq + (1 << 26));
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        EXECUTE format('REVOKE UPDATE, DELETE ON accounts.%I FROM openbell_settlement', name);
    END IF;
END $$;
REVOKE ALL ON FUNCTION accounts.add_transfer_partition(bigint) FROM PUBLIC;

-- One row: the first partition behind the rows of before.
CREATE TABLE accounts.transfer_start (first_partition bigint NOT NULL);
INSERT INTO accounts.transfer_start
SELECT (coalesce(max(event_seq), 0) >> 26) + 1 FROM accounts.transfers_0;
DO $$
DECLARE
    partition bigint := (SELECT first_partition FROM accounts.transfer_start);
BEGIN
    EXECUTE format('ALTER TABLE accounts.transfers ATTACH PARTITION accounts.transfers_0 '
                   'FOR VALUES FROM (0) TO (%s)', partition << 26);
    PERFORM accounts.add_transfer_partition(partition);
END $$;

-- What settlement may do, whoever it connects as: it adds to the history and never changes it. On a
-- server where this user may not create roles the triggers stand alone.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles
                   WHERE rolname = current_user AND (rolsuper OR rolcreaterole)) THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        CREATE ROLE openbell_settlement NOLOGIN;
    END IF;
    EXECUTE format('GRANT openbell_settlement TO %I', current_user);
    GRANT USAGE ON SCHEMA accounts TO openbell_settlement;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA accounts TO openbell_settlement;
    ALTER DEFAULT PRIVILEGES IN SCHEMA accounts
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO openbell_settlement;
    REVOKE UPDATE, DELETE ON accounts.transfers, accounts.transfers_0, accounts.trades,
        accounts.deposits FROM openbell_settlement;
    EXECUTE format('REVOKE UPDATE, DELETE ON accounts.transfers_%s FROM openbell_settlement',
                   (SELECT first_partition FROM accounts.transfer_start));
    REVOKE INSERT, UPDATE, DELETE ON accounts.audit_state, accounts.transfer_start,
        accounts.users, accounts.api_keys, accounts.sessions, accounts.refresh_tokens,
        accounts.signing_keys, accounts.money_commands, accounts.money_sources
        FROM openbell_settlement;
    REVOKE SELECT ON accounts.users, accounts.api_keys, accounts.sessions,
        accounts.refresh_tokens, accounts.signing_keys FROM openbell_settlement;
    GRANT EXECUTE ON FUNCTION accounts.add_transfer_partition(bigint) TO openbell_settlement;
END $$;

-- migrate:down
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
        DROP OWNED BY openbell_settlement;
    END IF;
END $$;
ALTER TABLE accounts.transfers RENAME TO transfers_parted;
CREATE TABLE accounts.transfers (LIKE accounts.transfers_parted INCLUDING ALL);
INSERT INTO accounts.transfers SELECT * FROM accounts.transfers_parted;
DROP TABLE accounts.transfers_parted, accounts.transfer_start;
DROP FUNCTION accounts.add_transfer_partition(bigint);
CREATE TRIGGER immutable_rows BEFORE UPDATE OR DELETE ON accounts.transfers
    FOR EACH ROW EXECUTE FUNCTION accounts.refuse_change();
CREATE TRIGGER immutable_table BEFORE TRUNCATE ON accounts.transfers
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_change();
