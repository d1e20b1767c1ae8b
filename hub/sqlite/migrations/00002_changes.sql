-- +goose Up

-- The id finds the message that a change is about. content is what is left of
-- what an event said when it was sent, once a change took that away: its sum,
-- so that a repetition of its ref is still told from another use of it.
ALTER TABLE events ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN content BLOB;

UPDATE events SET id = coalesce(json_extract(CAST(body AS TEXT), '$.id'), '')
WHERE json_valid(CAST(body AS TEXT));

CREATE INDEX events_by_id ON events (room, id) WHERE id <> '';

-- +goose Down

DROP INDEX events_by_id;
ALTER TABLE events DROP COLUMN content;
ALTER TABLE events DROP COLUMN id;
