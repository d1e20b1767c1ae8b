-- +goose Up

-- From here on a room's head is that of its newest row, and rooms.head is written
-- when rows go (headOf in room.go): appending leaves the room's row alone. An older
-- hubbub, which believes rooms.head, must not open the file; so this has a number.
SELECT 1;

-- +goose Down

UPDATE rooms SET head = max(head, coalesce((SELECT max(seq) FROM events WHERE room = rooms.id), 0)) WHERE name >= '0';
