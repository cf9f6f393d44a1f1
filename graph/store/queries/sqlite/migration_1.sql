CREATE TABLE word (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE node (
    key INTEGER PRIMARY KEY,
    label INTEGER NOT NULL,
    id TEXT NOT NULL,
    opened_at INTEGER,
    segment TEXT,
    country TEXT,
    volume_usd REAL,
    category TEXT,
    network TEXT,
    kind TEXT,
    tier TEXT,
    UNIQUE (label, id)
);

CREATE TABLE link (
    key INTEGER PRIMARY KEY,
    type INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    qualifier TEXT NOT NULL,
    count INTEGER NOT NULL,
    day_count INTEGER NOT NULL,
    undated INTEGER NOT NULL,
    first_ts INTEGER,
    last_ts INTEGER,
    volume REAL,
    days BLOB NOT NULL,
    counts BLOB NOT NULL,
    event_days BLOB NOT NULL,
    event_lengths BLOB NOT NULL,
    event_bytes BLOB NOT NULL,
    UNIQUE (type, source, target, qualifier)
);

CREATE INDEX link_by_target ON link (target);

CREATE TABLE degree (node INTEGER PRIMARY KEY, links INTEGER NOT NULL);

CREATE TABLE applied_segment (name TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE ring (
    run TEXT NOT NULL,
    id TEXT NOT NULL,
    score REAL,
    tier TEXT,
    size INTEGER,
    summary TEXT,
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE TABLE member (
    ring TEXT NOT NULL,
    account INTEGER NOT NULL,
    role TEXT,
    score REAL,
    tier TEXT,
    run TEXT NOT NULL,
    PRIMARY KEY (ring, account)
) WITHOUT ROWID;

CREATE VIEW member_of AS
SELECT node.id AS account_id, member.role, member.score, member.tier, member.run, member.ring AS ring_id
FROM member JOIN node ON node.key = member.account;
