-- put_code --
-- A new code replaces the one before.
INSERT INTO accounts.email_codes (email, purpose, code_hash, attempts_left, expires_ts_ns)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (email, purpose) DO UPDATE SET code_hash = excluded.code_hash,
    attempts_left = excluded.attempts_left, expires_ts_ns = excluded.expires_ts_ns;

-- delete_expired_codes --
DELETE FROM accounts.email_codes WHERE expires_ts_ns <= $1;

-- take_attempt --
-- The try is paid for before the code is looked at: racing guesses cannot gain one.
UPDATE accounts.email_codes SET attempts_left = attempts_left - 1
WHERE email = $1 AND purpose = $2 AND attempts_left > 0 AND expires_ts_ns > $3
RETURNING code_hash;

-- use_code --
-- Two right answers at once: one of them finds it gone.
DELETE FROM accounts.email_codes WHERE email = $1 AND purpose = $2 AND code_hash = $3;
