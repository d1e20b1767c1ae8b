package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/mattn/go-sqlite3"
)

// inserter runs the one statement that each event takes. It goes to the driver itself:
// the way through database/sql takes a twentieth of what an event costs.
type inserter struct {
	conn *sql.Conn
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue // whose memory is used again
	run  func(driverConn any) error
}

// prepareInsert prepares the statement on the connection, for inserts of that context.
func prepareInsert(ctx context.Context, conn *sql.Conn) (*inserter, error) {
	i := &inserter{conn: conn, args: make([]driver.NamedValue, 8)}
	for n := range i.args {
		i.args[n].Ordinal = n + 1
	}
	i.run = func(any) error {
		_, err := i.stmt.ExecContext(ctx, i.args)
		return err
	}
	err := conn.Raw(func(c any) error {
		stmt, err := c.(*sqlite3.SQLiteConn).PrepareContext(ctx,
			`INSERT INTO events (pos, room, seq, at, sender, ref, origin, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		i.stmt = stmt.(*sqlite3.SQLiteStmt)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return i, nil
}

// insert inserts a row of these values, of types that a driver takes.
func (i *inserter) insert(values ...driver.Value) error {
	for n, v := range values {
		i.args[n].Value = v
	}
	return i.conn.Raw(i.run)
}

func (i *inserter) close() error {
	return i.conn.Raw(func(any) error { return i.stmt.Close() })
}
