package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"
	"testing"

	"hubbub/hub"
)

// client reads a room as a participant does that keeps what it was told.
type client struct {
	t     *testing.T
	w     *world
	name  string
	moody bool // refuses now and then, and asks for more soon after
	plain bool // is sent events, not frames
	weary bool // stops more often, and stays away for long

	// The goroutine's that drives it.
	sub   *hub.Subscription
	epoch int64 // the world's, when it joined

	mu      sync.Mutex
	changed sync.Cond
	log     string // its epoch
	last    int64
	resumes bool                 // has something to resume
	heard   map[int64]*hub.Event // by seq, as it was last told
	stopped bool
	cursor  *hub.Cursor
	raw     bytes.Buffer // all that it was told since it was last searched
	wakes   sync.WaitGroup
}

func newClient(w *world, name string) *client {
	c := &client{t: w.t, w: w, name: name, heard: make(map[int64]*hub.Event)}
	c.changed.L = &c.mu
	return c
}

func (c *client) Send(e hub.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(hub.AppendJSON(nil, &e))
	c.hear(&e)
	return nil
}

func (c *client) Take(cursor *hub.Cursor, frames []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cursor = cursor
	if c.stopped {
		return 0
	}
	took := 0
	for line := range bytes.Lines(frames) {
		if c.moody && rand.IntN(8) == 0 {
			c.wakes.Go(cursor.Wake)
			break
		}
		took += len(line)
		c.raw.Write(line)
		e, err := hub.ParseEvent(line)
		if err != nil {
			c.t.Errorf("%s: was told %s: %v", c.name, line, err)
			continue
		}
		c.hear(&e)
	}
	return took
}

// framed is a client that takes frames.
type framed struct{ *client }

func (c framed) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, c.client }

// hear notes what follows the last event. It is called with the lock.
func (c *client) hear(e *hub.Event) {
	defer c.changed.Broadcast()
	if gap, ok := e.Detail.(*hub.Gap); ok {
		if gap.After != c.last || gap.Next <= c.last+1 {
			c.t.Errorf("%s: is told of a hole from %d to %d after seq %d", c.name, gap.After, gap.Next, c.last)
		}
		c.last = gap.Next - 1
		return
	}
	if e.Seq == 0 {
		return
	}
	if e.Seq != c.last+1 {
		c.t.Errorf("%s: seq %d follows %d", c.name, e.Seq, c.last)
	}
	c.last = e.Seq
	c.heard[e.Seq] = e
}

// join joins a hub, to go on where it was.
func (c *client) join(r *rand.Rand) {
	h, epoch := c.w.hub(r)
	q, kept := &hub.Join{Limit: r.IntN(40)}, c.w.kept(c.name)
	for _, k := range kept {
		q.Refs = append(q.Refs, k.Ref)
	}
	c.mu.Lock()
	if since := c.last; c.resumes {
		q.Since, q.Epoch = &since, c.log
	}
	c.stopped, c.cursor = false, nil
	c.mu.Unlock()
	var out hub.Sender = framed{c}
	if c.plain {
		out = c
	}
	sub, joined, err := h.Join(c.t.Context(), scope(c.name), &hub.Event{Type: hub.TypeRoomJoin, Room: modelRoom, Detail: q}, out)
	if err != nil {
		if !c.w.ended(epoch) {
			c.t.Errorf("%s: join: %v", c.name, err)
		}
		return
	}
	c.joined(q, joined)
	if !slices.Equal(joined.Kept, kept) {
		c.t.Errorf("%s: of its refs the room kept %v, want %v", c.name, joined.Kept, kept)
	}
	c.sub, c.epoch = sub, epoch
	sub.Start()
}

func (c *client) joined(q *hub.Join, a *hub.Joined) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case a.Recovered:
		if q.Since == nil || *q.Since < a.First-1 || a.Head < *q.Since {
			c.t.Errorf("%s: since %v is recovered, of a log from %d to %d", c.name, q.Since, a.First, a.Head)
		}
	default:
		if c.resumes && c.last >= a.First-1 {
			c.t.Errorf("%s: since %d is not recovered, of a log from %d to %d", c.name, c.last, a.First, a.Head)
		}
		clear(c.heard)
		c.last = a.Head - int64(len(a.Events))
	}
	for _, e := range a.Events {
		c.raw.Write(e.JSON)
		c.hear(&e.Event)
	}
	if c.last != a.Head || a.Epoch == "" {
		c.t.Errorf("%s: joined at %d of epoch %q with events to %d", c.name, a.Head, a.Epoch, c.last)
	}
	c.log, c.resumes = a.Epoch, true
}

func (c *client) leave() {
	if c.sub != nil {
		c.sub.End()
		c.sub = nil
	}
	c.wakes.Wait()
}

// stop has it take nothing, or take again.
func (c *client) stop(stopped bool) {
	c.mu.Lock()
	cursor := c.cursor
	c.stopped = stopped
	c.mu.Unlock()
	if !stopped && cursor != nil {
		cursor.Wake()
	}
}

// await waits for done, which is called with the lock, as long as ctx lasts.
func (c *client) await(ctx context.Context, done func() bool) bool {
	defer context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !done() && ctx.Err() == nil {
		c.changed.Wait()
	}
	return done()
}

// live does what people do to their connections, until ctx ends.
func (c *client) live(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		switch at := r.IntN(10); {
		case c.sub == nil:
			c.join(r)
		case at < 1 && c.weary:
			c.leave()
			return
		case at < 4 && c.weary:
			c.stop(true)
			return
		case at < 3:
			c.leave()
			continue
		case at < 4:
			c.stop(true)
		case at < 6:
			c.stop(false)
		case at < 8:
			newClient(c.w, c.name+"'s history").browse(r)
		}
		c.mu.Lock()
		next := c.last + r.Int64N(10)
		c.mu.Unlock()
		c.await(ctx, func() bool { return c.last >= next || c.stopped || c.sub == nil || c.w.ended(c.epoch) })
		if c.w.ended(c.epoch) {
			c.leave()
		}
	}
}

// browse reads all of the log, page by page, in one of the directions.
func (c *client) browse(r *rand.Rand) {
	h, epoch := c.w.hub(r)
	forward, at := r.IntN(2) == 0, int64(0)
	q := &hub.HistoryRequest{}
	if forward {
		q.After = &at
	}
	for more := true; more; {
		q.Limit = 1 + r.IntN(60)
		page, err := h.History(c.t.Context(), scope(c.name), modelRoom, q)
		if err != nil {
			if !c.w.ended(epoch) {
				c.t.Errorf("%s: %v", c.name, err)
			}
			return
		}
		if more = page.More; len(page.Events) == 0 {
			return
		}
		c.page(page.Events, at, forward)
		if at = page.Events[0].Event.Seq; forward {
			at = page.Events[len(page.Events)-1].Event.Seq
		} else {
			q.Before = &at
		}
	}
}

// page takes over a page that follows at or, backwards, comes before it.
func (c *client) page(page []*hub.Entry, at int64, forward bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range page {
		if e.Event.Seq != page[0].Event.Seq+int64(i) {
			c.t.Errorf("%s: a page has seq %d as number %d after %d", c.name, e.Event.Seq, i, page[0].Event.Seq)
		}
		c.raw.Write(e.JSON)
		c.heard[e.Event.Seq] = &e.Event
	}
	// Forward, what retention took meanwhile is passed over.
	if end := page[len(page)-1].Event.Seq; !forward && at != 0 && end != at-1 || forward && page[0].Event.Seq <= at {
		c.t.Errorf("%s: a page of %d to %d is next to %d", c.name, page[0].Event.Seq, end, at)
	}
}

// check compares what it knows of what is kept with the model. A new reader
// was told everything as it stands.
func (c *client) check(m *model, want map[string]*message, isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	knows := make(map[string]*message)
	for seq := m.first; seq <= int64(len(m.log)); seq++ {
		e, said := c.heard[seq], &m.log[seq-1]
		if e == nil {
			if c.heard[seq-1] != nil {
				c.t.Errorf("%s: was told seq %d and not %d", c.name, seq-1, seq)
			}
			continue
		}
		if e.ID != said.ID || e.Type != said.Type || e.From != said.From || e.Target != said.Target || e.Ref != said.Ref {
			c.t.Errorf("%s: was told %+v, want %+v", c.name, e, said)
		}
		if e.Type == hub.TypeReceivedMessage {
			msg := &message{text: e.Text, buttons: e.Buttons}
			if s, ok := e.Detail.(*hub.Standing); ok {
				msg.rev, msg.edited, msg.deleted = s.Rev, s.Edited, s.Deleted
				for _, of := range s.Reactions {
					msg.reactions = append(msg.reactions, hub.Reactions{Emoji: of.Emoji, Users: append([]string(nil), of.Users...)})
				}
			}
			if knows[e.ID] = msg; isNew && msg.String() != want[e.ID].String() {
				c.t.Errorf("%s: was told %s, want %s", c.name, msg, want[e.ID])
			}
			continue
		}
		c.change(knows[e.Target], e, said)
	}
	for id, msg := range knows {
		if got, want := msg.String(), want[id].String(); got != want {
			c.t.Errorf("%s: knows %s as %s\nwant %s", c.name, id, got, want)
		}
	}
}

// change does what e says to the message, nil where it is not known, unless it
// is done already or was superseded.
func (c *client) change(msg *message, e, said *hub.Event) {
	switch d := e.Detail.(type) {
	case *hub.Press:
		if *d != *said.Detail.(*hub.Press) {
			c.t.Errorf("%s: seq %d pressed %v, want %v", c.name, e.Seq, d, said.Detail)
		}
	case *hub.Reaction:
		if *d != *said.Detail.(*hub.Reaction) {
			c.t.Errorf("%s: seq %d reacted %v, want %v", c.name, e.Seq, d, said.Detail)
		}
	case *hub.Revision:
		if d.Rev != 0 {
			if e.Text != "" || d.Rev <= e.Seq {
				c.t.Errorf("%s: was told of what was superseded: %+v, %+v", c.name, e, d)
			}
			return
		}
	}
	if msg != nil && e.Seq > msg.rev {
		msg.change(e)
	}
}

var texts = regexp.MustCompile(`say\d+\.`)

// search fails if it was told, since it was last searched, a text that was said
// before and may not be read.
func (c *client) search(said int, may map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range texts.FindAll(c.raw.Bytes(), -1) {
		var n int
		if _, err := fmt.Sscanf(string(text), "say%d.", &n); err != nil || n <= said && !may[string(text)] {
			c.t.Errorf("%s: was told %s, which was taken away, %v", c.name, text, err)
		}
	}
	c.raw.Reset()
}
