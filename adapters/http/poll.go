package http

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hubbub/hub"
)

// Bounds of a long poll.
const (
	maxWait     = time.Minute
	maxPollSize = 256 << 10 // bytes of events that came while it waited
)

// poll registers the long poll.
func (l *live) poll(h huma.API) {
	register(h, tagLive, huma.Operation{
		OperationID: "poll-events", Method: http.MethodGet, Path: pathRoom + "/events",
		Summary: "Wait for what happens",
		Description: "Answers at once with what came after `since`, else with the next events as soon as there are some, or with none after `wait`. " +
			"Ask again with the answer's `since` and `epoch`. Where `recovered` is false, events were missed: begin anew from the messages. " +
			"Without `since` it answers at once, with the newest events up to `limit`.",
	}, l.servePoll)
}

type pollInput struct {
	Room  string `path:"room" doc:"The room's name" example:"lobby"`
	Since string `query:"since" doc:"Seq of the last event that you saw, or epoch:seq" example:"41"`
	Epoch string `query:"epoch" doc:"The log's history that since counts in; without it the present one is trusted" example:"01m8qk2b5w3x8s0v9d7c6f4a2p"`
	Wait  string `query:"wait" default:"30s" doc:"How long to wait where there is nothing yet, such as 30s or 500ms, or seconds; at most a minute" example:"30s"`
	Limit int    `query:"limit" minimum:"0" doc:"Newest events wanted where there is nothing to go on from; default none"`
}

type pollOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Since     int64   `json:"since" doc:"What to name next time" example:"42"`
		Epoch     string  `json:"epoch" doc:"The log's history" example:"01m8qk2b5w3x8s0v9d7c6f4a2p"`
		First     int64   `json:"first" doc:"Seq of the oldest event kept" example:"1"`
		Recovered bool    `json:"recovered" doc:"These events are all that came after since" example:"true"`
		Events    []event `json:"events" doc:"In ascending order"`
	}
}

// parseWait parses a time such as 30s, or a number of seconds.
func parseWait(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if seconds, serr := strconv.ParseUint(s, 10, 16); serr == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < 0 {
		return 0, hub.Errorf(hub.Invalid, "wait is a time such as 30s or 500ms, or a number of seconds.")
	}
	return min(d, maxWait), nil
}

func (l *live) servePoll(ctx context.Context, in *pollInput) (*pollOutput, error) {
	r, err := requestOf(ctx)
	if err != nil {
		return nil, err
	}
	err = hub.CheckOrigin(r.scope.Host, r.scope.Headers) // who joins is admitted
	e, jerr := hub.ParseJoin(in.Room, r.scope.Query)
	wait, werr := parseWait(in.Wait)
	if err = cmp.Or(err, jerr, werr); err != nil {
		return nil, problemOf(err)
	}
	r.mayTake(wait)
	p := &polled{answers: make(answers, 1), more: make(chan struct{}, 1)}
	consumer, err := l.api.opts.App(ctx, r.scope, p)
	if err != nil {
		return nil, problemOf(err)
	}
	defer func() { consumer.Close(context.WithoutCancel(ctx), nil) }()
	joined, err := p.join(ctx, consumer, e)
	if err != nil {
		return nil, problemOf(err)
	}
	if joined.Recovered && len(joined.Events) == 0 && wait > 0 {
		l.await(ctx, p, wait)
	}
	return p.answer(joined), nil
}

// await waits until something happens.
func (l *live) await(ctx context.Context, p *polled, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-p.more:
	case <-timer.C:
	case <-l.stopping:
	case <-ctx.Done():
	}
}

// polled is the way out of a poll's scope: it gathers what the room says until
// that is taken.
type polled struct {
	answers
	more chan struct{} // holds a token when there is something

	mu     sync.Mutex
	frames [][]byte
	size   int
}

var _ hub.RoomSender = (*polled)(nil)

func (p *polled) join(ctx context.Context, consumer hub.Consumer, e hub.Event) (*hub.Joined, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := consumer.Handle(ctx, e); err != nil {
		return nil, err
	}
	answer, err := p.wait(ctx)
	if err != nil {
		return nil, err
	}
	joined, ok := answer.Detail.(*hub.Joined)
	if !ok {
		return nil, unexpected(&answer)
	}
	return joined, nil
}

// OpenReader implements [hub.RoomSender].
func (p *polled) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return pollFrames{}, p }

// Take implements [hub.Reader]. What is more than a poll carries is for the next
// one.
func (p *polled) Take(_ *hub.Cursor, frames []byte) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size > maxPollSize {
		return 0
	}
	p.frames, p.size = append(p.frames, frames), p.size+len(frames)
	select {
	case p.more <- struct{}{}:
	default:
	}
	return len(frames)
}

// answer returns what the poll answers: what was missed, or what has come since.
func (p *polled) answer(joined *hub.Joined) *pollOutput {
	out := &pollOutput{CacheControl: noStore}
	b := &out.Body
	b.Since, b.Epoch, b.First, b.Recovered = joined.Head, joined.Epoch, joined.First, joined.Recovered
	b.Events = eventsOf(joined.Events)
	if len(b.Events) > 0 || !joined.Recovered {
		return out
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, frames := range p.frames {
		for line := range bytes.Lines(frames) {
			b.Events = append(b.Events, event(bytes.TrimSuffix(line, []byte("\n"))))
			b.Since = after(line, b.Since)
		}
	}
	return out
}

// after returns the seq that whoever has seen the event, too, names next.
func after(line []byte, since int64) int64 {
	e, err := hub.ParseEvent(line)
	if err != nil {
		return since
	}
	if gap, ok := e.Detail.(*hub.Gap); ok {
		return max(since, gap.Next-1)
	}
	return max(since, e.Seq)
}

// pollFrames is the format of what a poll answers with: events of the log, and
// holes, as lines of JSON.
type pollFrames struct{}

// Name implements [hub.NamedFormat].
func (pollFrames) Name() string { return "poll" }

// Append implements [hub.Format].
func (pollFrames) Append(dst []byte, e *hub.Entry) []byte {
	if e.Event.Seq == 0 && e.Event.Type != hub.TypeRoomGap {
		return dst
	}
	return append(append(dst, e.JSON...), '\n')
}
