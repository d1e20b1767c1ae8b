package hub

import (
	"maps"
	"slices"
	"sync"
)

// behind are the cursors of a shard whose readers do not have all that their room
// has: few, and so whoever asks looks at these alone.
type behind struct {
	mu  sync.Mutex
	all map[*Cursor]struct{}
}

func (b *behind) list() []*Cursor {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Keys(b.all))
}

// noteBehind has the shard know whether the reader is behind. It is called with
// the lock, after something of that has changed.
func (c *Cursor) noteBehind() {
	is := (c.refused || c.away) && !c.closed
	if is == c.behind {
		return
	}
	c.behind = is
	b := &c.room.shard.behind
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !is:
		delete(b.all, c)
	case b.all == nil:
		b.all = map[*Cursor]struct{}{c: {}}
	default:
		b.all[c] = struct{}{}
	}
}

// lag returns how many bytes of frames the reader is behind, and whether it goes on
// from the log.
func (c *Cursor) lag() (bytes int64, away bool) {
	c.room.mu.Lock()
	total := c.log.total
	c.room.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(total-c.mark, 0), c.away
}
