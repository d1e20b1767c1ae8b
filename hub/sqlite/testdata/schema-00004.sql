-- Written by TestEverySchema with -update. One of a released migration is never changed.

CREATE TABLE events (
    pos    INTEGER PRIMARY KEY,
    room   INTEGER NOT NULL REFERENCES rooms (id),
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    sender TEXT    NOT NULL,
    ref    TEXT    NOT NULL,
    origin TEXT    NOT NULL, -- scope that sent it; never served
    body   BLOB    NOT NULL  -- the event's JSON, as it is served
, content BLOB);

CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);

CREATE TABLE members (
    room INTEGER NOT NULL REFERENCES rooms (id),
    user TEXT    NOT NULL,
    name TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    at   INTEGER NOT NULL,           -- of the admission
    read INTEGER NOT NULL DEFAULT 0, -- seq up to which the member has read
    PRIMARY KEY (room, user)
) WITHOUT ROWID;

CREATE TABLE positions (
    room    INTEGER NOT NULL,
    last    INTEGER NOT NULL, -- seq of the newest event of up to 64, without a hole between
    pos     INTEGER NOT NULL, -- of the row of the oldest
    offsets TEXT    NOT NULL, -- of the rows of all from that on: a JSON array. They may be gone.
    PRIMARY KEY (room, last)
) WITHOUT ROWID;

CREATE TABLE rooms (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    title      TEXT    NOT NULL DEFAULT '',
    head       INTEGER NOT NULL DEFAULT 0,
    first      INTEGER NOT NULL DEFAULT 1,
    epoch      TEXT    NOT NULL,
    created_at INTEGER NOT NULL -- Unix milliseconds, as all times
);

CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user);

INSERT INTO events VALUES (1, 1, 1, 1795948865632, '01j00000000000000000000ada', 'r1', 'scope-1', CAST('{"type":"chat.received_message","room":"lobby","id":"01j000000000000000000000a1","seq":1,"at":"2026-11-29T10:41:05.632Z","from":{"id":"01j00000000000000000000ada","name":"Ada","kind":"guest","via":"websocket"},"ref":"r1","text":"hi"}' AS BLOB), NULL);
INSERT INTO events VALUES (2, 2, 1, 1795948865633, '01j00000000000000000000ada', 'r1', 'scope-1', CAST('{"type":"chat.received_message","room":"attic","id":"01j000000000000000000000a2","seq":1,"at":"2026-11-29T10:41:05.633Z","from":{"id":"01j00000000000000000000ada","name":"Ada","kind":"guest","via":"websocket"},"ref":"r1","text":"it''s\n\"dark\" 🕯"}' AS BLOB), NULL);
INSERT INTO events VALUES (3, 1, 2, 1795948865633, 'device:eve', '', 'scope-2', CAST('{"type":"chat.received_message","room":"lobby","id":"01j000000000000000000000a3","seq":2,"at":"2026-11-29T10:41:05.633Z","from":{"id":"device:eve","name":"eve","kind":"device","via":"mqtt"},"text":"no ref"}' AS BLOB), NULL);
INSERT INTO events VALUES (4, 1, 3, 1795948865633, 'device:eve', 'r1', 'scope-2', CAST('{"type":"chat.received_message","room":"lobby","id":"01j000000000000000000000a4","seq":3,"at":"2026-11-29T10:41:05.633Z","from":{"id":"device:eve","name":"eve","kind":"device","via":"mqtt"},"ref":"r1","text":"all there is","data":{"temp":21.50},"reply_to":"01j000000000000000000000a1","buttons":[{"action":"go","label":"Go"}]}' AS BLOB), NULL);

INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-29 10:41:05');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-29 10:41:05');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-29 10:41:05');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-29 10:41:05');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-29 10:41:05');


INSERT INTO positions VALUES (1, 3, 1, '[0,2,3]');
INSERT INTO positions VALUES (2, 1, 2, '[0]');

INSERT INTO rooms VALUES (1, 'lobby', '', 0, 1, '01m8ke9t309zw4f9rtjf729s20', 1795948865632);
INSERT INTO rooms VALUES (2, 'attic', '', 0, 1, '01m8ke9t309zw4f9rtjhbvyakf', 1795948865632);

INSERT INTO state VALUES ('a/key', X'6974732076616C7565');
INSERT INTO state VALUES ('bytes', X'0001FF');
INSERT INTO state VALUES ('sqlite/indexed', CAST('4' AS BLOB));
