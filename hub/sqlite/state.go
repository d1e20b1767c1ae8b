package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hubbub/hub"
)

// State implements [hub.States].
func (s *Store) State(ctx context.Context, key string) ([]byte, error) {
	var value []byte
	err := s.read.QueryRowContext(ctx, `SELECT value FROM state WHERE key = ?`, key).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, s.fault(fmt.Errorf("sqlite: read state %s: %w", key, err))
	}
	return value, nil
}

// SetState implements [hub.States].
func (s *Store) SetState(ctx context.Context, rows ...hub.State) error {
	return s.do(ctx, func(t *tx) error { return t.setState(rows) })
}
