package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/mattn/go-sqlite3"
)

// How many events are looked up at a time.
const (
	leastPage = 16
	mostPage  = 512
)

// keptFrom is ?2, or the seq below which retention took all of the room ?1.
const keptFrom = `max(?2, (SELECT first FROM rooms WHERE id = ?1))`

// querier is a database or a connection to it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// span is a part of a room's log: the events from seq low to below high that fit the
// condition.
type span struct {
	low, high int64
	newest    bool   // in descending order
	kept      bool   // without what retention took
	page      int    // how many are wanted, about
	columns   string // of e, an event's row
	condition string // on e; its parameters begin with ?5
	args      []any
}

// events yields for each event of the span, in order, a row of its seq and its columns.
// The run is the room's, taken before; what retention takes meanwhile is left out.
func events(ctx context.Context, db querier, room int64, unindexed run, sp span) iter.Seq2[*sql.Rows, error] {
	low, condition := `?2`, ``
	if sp.kept {
		low = keptFrom
	}
	if sp.condition != "" {
		condition = ` AND ` + sp.condition
	}
	// In the order of the positions: nothing is sorted.
	query := `SELECT e.seq, ` + sp.columns + ` FROM json_each(?4) n CROSS JOIN events e ON e.pos = n.value
		WHERE e.room = ?1 AND e.seq >= ` + low + ` AND e.seq < ?3` + condition
	return func(yield func(*sql.Rows, error) bool) {
		for pos, err := range located(ctx, db, room, unindexed, sp) {
			if err != nil {
				yield(nil, err)
				return
			}
			rows, err := db.QueryContext(ctx, query, append([]any{room, sp.low, sp.high, string(jsonOf(pos, 0))}, sp.args...)...)
			if !yieldAll(rows, err, yield) {
				return
			}
		}
	}
}

// yieldAll yields the rows, and reports whether more are wanted.
func yieldAll(rows *sql.Rows, err error, yield func(*sql.Rows, error) bool) bool {
	if err != nil {
		yield(nil, err)
		return false
	}
	defer rows.Close()
	for rows.Next() {
		if !yield(rows, nil) {
			return false
		}
	}
	if err := rows.Err(); err != nil {
		yield(nil, err)
		return false
	}
	return true
}

// located yields where the span's events are, some at a time, in the span's order. In
// ascending order it misses nothing that is indexed meanwhile.
func located(ctx context.Context, db querier, room int64, unindexed run, sp span) iter.Seq2[[]int64, error] {
	return func(yield func([]int64, error) bool) {
		left := sp
		next := left.ascending
		if sp.newest {
			if len(unindexed.pos) > 0 {
				last, err := lastIndexed(ctx, db, room)
				if err != nil {
					yield(nil, err)
					return
				}
				unindexed = unindexed.cut(last+1, unindexed.end())
			}
			next = left.descending
		}
		for want := max(sp.page, leastPage); ; want = max(want, min(4*want, mostPage)) {
			pos, err := next(ctx, db, room, unindexed, want)
			if err == nil && len(pos) == 0 || !yield(pos, err) || err != nil {
				return
			}
		}
	}
}

// ascending takes about as many positions off the span's low end as are wanted, none
// where nothing is left of it.
func (sp *span) ascending(ctx context.Context, db querier, room int64, unindexed run, want int) ([]int64, error) {
	pos, err := sp.indexed(ctx, db, room, want)
	if err != nil || len(pos) >= want {
		return pos, err
	}
	part := unindexed.cut(sp.low, sp.high)
	part = part.cut(part.first, part.first+int64(want-len(pos)))
	return append(pos, sp.take(part)...), nil
}

// descending is ascending from the other end. The run begins above what is indexed.
func (sp *span) descending(ctx context.Context, db querier, room int64, unindexed run, want int) ([]int64, error) {
	part := unindexed.cut(sp.low, sp.high)
	pos := sp.take(part.cut(part.end()-int64(want), part.end()))
	if len(pos) >= want {
		return pos, nil
	}
	more, err := sp.indexed(ctx, db, room, want-len(pos))
	return append(pos, more...), err
}

// take takes the part, where it is one, off the span and returns its positions in the
// span's order.
func (sp *span) take(part run) []int64 {
	if len(part.pos) == 0 {
		return nil
	}
	if sp.newest {
		sp.high = part.first
		pos := slices.Clone(part.pos)
		slices.Reverse(pos)
		return pos
	}
	sp.low = part.end()
	return part.pos
}

// indexed takes about as many positions off the span as are wanted, of what is indexed.
func (sp *span) indexed(ctx context.Context, db querier, room int64, want int) (pos []int64, err error) {
	if sp.low >= sp.high {
		return nil, nil
	}
	low, order := `?2`, ``
	if sp.kept {
		low = keptFrom
	}
	if sp.newest {
		order = ` DESC`
	}
	rows, err := db.QueryContext(ctx, `SELECT last, pos, offsets FROM positions
		WHERE room = ?1 AND last >= `+low+` AND last < ?3 ORDER BY last`+order, room, sp.low, min(sp.high, math.MaxInt64-extent)+extent)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for len(pos) < want && rows.Next() {
		r, err := scanExtent(rows)
		if err != nil {
			return nil, err
		}
		pos = append(pos, sp.take(r.cut(sp.low, sp.high))...)
	}
	return pos, rows.Err()
}

// scanExtent returns a row of positions.
func scanExtent(rows *sql.Rows) (run, error) {
	var last, pos int64
	var offsets sql.RawBytes
	if err := rows.Scan(&last, &pos, &offsets); err != nil {
		return run{}, err
	}
	var all []int64
	if err := json.Unmarshal(offsets, &all); err != nil {
		return run{}, fmt.Errorf("%w: positions up to seq %d: %w", sqlite3.Error{Code: sqlite3.ErrCorrupt}, last, err)
	}
	for i := range all {
		all[i] += pos
	}
	return run{last + 1 - int64(len(all)), all}, nil
}
