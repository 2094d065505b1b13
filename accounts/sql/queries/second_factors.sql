-- propose_secret --
INSERT INTO accounts.totp_secrets (user_id, sealed_secret, created_ts_ns) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = 0,
    created_ts_ns = excluded.created_ts_ns
WHERE accounts.totp_secrets.confirmed_ts_ns IS NULL;

-- totp_secret --
SELECT sealed_secret, last_step, confirmed_ts_ns IS NOT NULL AS confirmed
FROM accounts.totp_secrets WHERE user_id = $1;

-- has_second_factor --
SELECT EXISTS (SELECT FROM accounts.totp_secrets
               WHERE user_id = $1 AND confirmed_ts_ns IS NOT NULL);

-- take_step --
-- Two uses of one code at once: one of them finds the step taken.
UPDATE accounts.totp_secrets SET last_step = $2 WHERE user_id = $1 AND last_step < $2;

-- confirm_secret --
UPDATE accounts.totp_secrets SET confirmed_ts_ns = $2
WHERE user_id = $1 AND confirmed_ts_ns IS NULL;

-- delete_secret --
DELETE FROM accounts.totp_secrets WHERE user_id = $1;

-- delete_recovery_codes --
DELETE FROM accounts.recovery_codes WHERE user_id = $1;

-- insert_recovery_codes --
INSERT INTO accounts.recovery_codes (user_id, code_hash)
SELECT $1, code_hash FROM unnest($2::bytea[]) AS code_hash;

-- use_recovery_code --
DELETE FROM accounts.recovery_codes WHERE user_id = $1 AND code_hash = $2;

-- count_recovery_codes --
SELECT count(*) FROM accounts.recovery_codes WHERE user_id = $1;

-- insert_challenge --
INSERT INTO accounts.login_challenges (token_hash, user_id, attempts_left, expires_ts_ns)
VALUES ($1, $2, $3, $4);

-- delete_expired_challenges --
DELETE FROM accounts.login_challenges WHERE expires_ts_ns <= $1;

-- take_challenge_attempt --
UPDATE accounts.login_challenges SET attempts_left = attempts_left - 1
WHERE token_hash = $1 AND attempts_left > 0 AND expires_ts_ns > $2
RETURNING user_id;

-- use_challenge --
DELETE FROM accounts.login_challenges WHERE token_hash = $1;

-- delete_challenges_of_user --
DELETE FROM accounts.login_challenges WHERE user_id = $1;
