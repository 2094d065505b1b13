-- begin_act --
INSERT INTO accounts.audit_log
    (ts_ns, actor_user_id, actor, role, ip, action, subject, reason, asked, before)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING act_id;

-- end_act --
INSERT INTO accounts.audit_outcomes (act_id, ts_ns, outcome, detail, after, first_seqs, last_seqs)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- acts --
-- Newest first, before act $1. $2: a subject or all that begin with it and a colon; $3: an actor;
-- $4: an action; $5: an outcome; $6 and $7: from and until, ns; NULL: any.
SELECT l.act_id, l.ts_ns, l.actor_user_id, l.actor, l.role, l.ip, l.action, l.subject, l.reason,
    l.asked::text, l.before::text, coalesce(o.outcome, 'unknown') AS outcome,
    coalesce(o.detail, '') AS detail, coalesce(o.after, '{}')::text AS after
FROM accounts.audit_log AS l LEFT JOIN accounts.audit_outcomes AS o USING (act_id)
WHERE l.act_id < $1
    AND ($2::text IS NULL OR l.subject = $2 OR l.subject ^@ ($2 || ':'))
    AND ($3::text IS NULL OR l.actor = $3)
    AND ($4::text IS NULL OR l.action = $4)
    AND ($5::text IS NULL OR coalesce(o.outcome, 'unknown') = $5)
    AND ($6::bigint IS NULL OR l.ts_ns >= $6)
    AND ($7::bigint IS NULL OR l.ts_ns < $7)
ORDER BY l.act_id DESC LIMIT $8;

-- act --
SELECT l.act_id, l.ts_ns, l.actor_user_id, l.actor, l.role, l.ip, l.action, l.subject, l.reason,
    l.asked::text, l.before::text, coalesce(o.outcome, 'unknown') AS outcome,
    coalesce(o.detail, '') AS detail, coalesce(o.after, '{}')::text AS after
FROM accounts.audit_log AS l LEFT JOIN accounts.audit_outcomes AS o USING (act_id)
WHERE l.act_id = $1;

-- versions --
-- Of an instrument, newest first, before event $2; with the act that one is the work of, if any.
SELECT v.*, a.act_id, a.actor, a.reason
FROM accounts.instrument_versions AS v
LEFT JOIN LATERAL (
    SELECT l.act_id, l.actor, l.reason
    FROM accounts.audit_log AS l JOIN accounts.audit_outcomes AS o USING (act_id)
    WHERE l.subject = $4 AND EXISTS (
        SELECT FROM unnest(o.first_seqs, o.last_seqs) AS of_command (first_seq, last_seq)
        WHERE v.event_seq BETWEEN of_command.first_seq AND of_command.last_seq)
    LIMIT 1
) AS a ON true
WHERE v.instrument_id = $1 AND v.event_seq < $2
ORDER BY v.event_seq DESC LIMIT $3;
