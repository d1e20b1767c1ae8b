-- +goose Up

-- Where the events of each room are. The index that said so had a page of each room
-- written by each commit. This table gets its rows for many events at once, in the order
-- of rooms (index.go): all events up to the pos that the state row sqlite/indexed says
-- are in it; of those above it, some. Where that row is missing, as it is now, the store
-- makes the table anew.
CREATE TABLE positions (
    room    INTEGER NOT NULL,
    last    INTEGER NOT NULL, -- seq of the newest event of up to 64, without a hole between
    pos     INTEGER NOT NULL, -- of the row of the oldest
    offsets TEXT    NOT NULL, -- of the rows of all from that on: a JSON array. They may be gone.
    PRIMARY KEY (room, last)
) WITHOUT ROWID;

DROP INDEX events_by_seq;

-- +goose Down

CREATE UNIQUE INDEX events_by_seq ON events (room, seq);

DELETE FROM state WHERE key = 'sqlite/indexed';

DROP TABLE positions;
