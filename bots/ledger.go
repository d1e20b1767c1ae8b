package bots

import (
	"context"
	"log/slog"
	"sync"

	"hubbub/hub"
)

const (
	maxWaiting = 256 // turns of a bot in one room that are not committed yet, beyond which it takes no more events
	maxCommit  = 512 // events of one commit, of turns that are not alone in it

	// saveEvery is how many events may pass until the bookmark is stored where no
	// turn carries it.
	saveEvery = 200
)

// ledger commits the turns of one bot, in order and one commit at a time; what
// comes meanwhile is the next commit. So what is stored is always what came of
// the events up to a point: the answers in the logs, what conversations keep, and
// for each room the bookmark of that point.
type ledger struct {
	hub    *hub.Hub
	states hub.States
	scope  *hub.Scope // the bot's
	counts *counts
	log    *slog.Logger
	wake   chan struct{} // holds one token after something came

	mu     sync.Mutex
	queue  []*turn
	taken  int // of queue: being committed
	desks  map[string]*desk
	latest map[string]*latest // what conversations keep that is not committed yet, by key
	closed bool
}

// desk is a room as the ledger sees it.
type desk struct {
	key     string        // of the bookmark
	freed   chan struct{} // holds one token after turns were committed
	epoch   string
	at      int64 // every event up to it is handled
	stored  int64 // the bookmark that is committed
	waiting int   // turns that are not committed
}

type latest struct {
	value []byte
	turns int // that are not committed
}

func newLedger(h *hub.Hub, states hub.States, scope *hub.Scope, c *counts, log *slog.Logger) *ledger {
	return &ledger{
		hub: h, states: states, scope: scope, counts: c, log: log, wake: make(chan struct{}, 1),
		desks: make(map[string]*desk), latest: make(map[string]*latest),
	}
}

// open begins, or begins anew, with the events after at.
func (l *ledger) open(room, key, epoch string, at int64) *desk {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.desks[room]
	if d == nil {
		d = &desk{key: key, freed: make(chan struct{}, 1)}
		l.desks[room] = d
	}
	d.epoch, d.at, d.stored = epoch, at, at
	return d
}

// add queues a turn.
func (l *ledger) add(t *turn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.enter(t)
}

// aside queues what answers no event, and fails when too much is queued.
func (l *ledger) aside(e hub.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := l.desks[e.Room]; d != nil && d.waiting >= maxWaiting {
		return hub.Errorf(hub.RateLimited, "Too much is on its way to the room %s. Try again in a moment.", e.Room)
	}
	if e.Ref == "" {
		e.Ref = hub.NewID() // it may be tried again
	}
	return l.enter(&turn{room: e.Room, events: []hub.Event{e}})
}

func (l *ledger) enter(t *turn) error {
	if l.closed {
		return hub.ErrEnded
	}
	l.queue = append(l.queue, t)
	if d := l.desks[t.room]; d != nil {
		d.waiting++
	}
	if t.row != nil {
		of := l.latest[t.row.Key]
		if of == nil {
			of = new(latest)
			l.latest[t.row.Key] = of
		}
		of.value = t.row.Value
		of.turns++
	}
	signal(l.wake)
	return nil
}

// recall returns what was kept last under key.
func (l *ledger) recall(ctx context.Context, key string) ([]byte, error) {
	l.mu.Lock()
	of := l.latest[key]
	l.mu.Unlock()
	if of != nil {
		return of.value, nil
	}
	return l.states.State(ctx, key)
}

// handled says that every event of the room up to seq is handled.
func (l *ledger) handled(d *desk, seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d.at = seq
	if d.waiting == 0 && d.at-d.stored >= saveEvery {
		signal(l.wake)
	}
}

// full reports whether the bot shall take no more of the room's events for now.
func (l *ledger) full(d *desk) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return d.waiting >= maxWaiting
}

// forget has nothing more said in a room that was removed, and returns when nothing
// is on its way there. What conversations keep is kept all the same.
func (l *ledger) forget(ctx context.Context, room string, d *desk) {
	for ctx.Err() == nil {
		l.mu.Lock()
		busy := false
		for i, t := range l.queue {
			if t.room == room {
				t.events, t.seq = nil, 0
				busy = busy || i < l.taken
			}
		}
		d.at, d.stored, d.epoch = 0, 0, ""
		l.mu.Unlock()
		if !busy {
			return
		}
		select {
		case <-d.freed:
		case <-ctx.Done():
		}
	}
}

// close refuses what comes later; run ends with what came before.
func (l *ledger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	signal(l.wake)
}
