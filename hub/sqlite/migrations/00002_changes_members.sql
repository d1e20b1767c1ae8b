-- +goose Up

-- What is left of what an event said when it was sent, once a change took that
-- away: its sum, so that a repetition of its ref is still told from another use
-- of it.
ALTER TABLE events ADD COLUMN content BLOB;

CREATE TABLE members (
    room INTEGER NOT NULL REFERENCES rooms (id),
    user TEXT    NOT NULL,
    name TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    at   INTEGER NOT NULL,           -- of the admission
    read INTEGER NOT NULL DEFAULT 0, -- seq up to which the member has read
    PRIMARY KEY (room, user)
) WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user);

-- +goose Down

DROP TABLE members;

ALTER TABLE events DROP COLUMN content;
