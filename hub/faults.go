package hub

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// faultPause is how often the log is told of an operation that goes on failing,
// and how long one must not have failed to be told of as over.
const faultPause = 10 * time.Second

// faults tells the log of operations that fail, however many do: of the first
// failure at once, then every ten seconds of the newest, with how many there
// were; and when it is over.
type faults struct {
	log *slog.Logger

	some atomic.Bool // whether there are any: a success then takes the lock
	mu   sync.Mutex
	all  map[string]*fault // by operation
}

type fault struct {
	told, last time.Time
	untold     int
}

func (f *faults) tell(operation, room string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	x := f.all[operation]
	if x == nil {
		x = &fault{}
		if f.all == nil {
			f.all = make(map[string]*fault)
		}
		f.all[operation] = x
		f.some.Store(true)
	}
	x.last = now
	if x.untold++; now.Sub(x.told) < faultPause {
		return
	}
	f.log.Error(operation, "room", room, "error", err, "failures", x.untold)
	x.told, x.untold = now, 0
}

// over is told that the operation succeeded.
func (f *faults) over(operation string) {
	if !f.some.Load() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.all[operation]
	if x == nil || time.Since(x.last) < faultPause { // it may fail for one and not for another
		return
	}
	f.log.Info(operation+": works again", "failures_untold", x.untold)
	delete(f.all, operation)
	f.some.Store(len(f.all) > 0)
}
