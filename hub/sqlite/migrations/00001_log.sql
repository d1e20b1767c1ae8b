-- +goose Up

CREATE TABLE rooms (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    title      TEXT    NOT NULL DEFAULT '',
    head       INTEGER NOT NULL DEFAULT 0,
    first      INTEGER NOT NULL DEFAULT 1,
    epoch      TEXT    NOT NULL,
    created_at INTEGER NOT NULL -- Unix milliseconds, as all times
);

-- Appended by position: rows of all rooms follow one another as they come, and
-- the index says where each room's are.
CREATE TABLE events (
    pos    INTEGER PRIMARY KEY,
    room   INTEGER NOT NULL REFERENCES rooms (id),
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    sender TEXT    NOT NULL,
    ref    TEXT    NOT NULL,
    origin TEXT    NOT NULL, -- scope that sent it; never served
    body   BLOB    NOT NULL  -- the event's JSON, as it is served
);

CREATE UNIQUE INDEX events_by_seq ON events (room, seq);

CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- +goose Down

DROP TABLE state;
DROP TABLE events;
DROP TABLE rooms;
