package bots

import (
	"bytes"
	"strconv"
	"sync"

	"hubbub/hub"
)

const inboxFrames = 256 // frames that wait for a bot; the others wait in the room

// lines is the format of frames for bots, shared by all that hear the same: an event
// that a bot may answer is a line of JSON, any other logged one its seq alone.
type lines struct {
	bots bool // what other bots say is among it
}

// Name implements [hub.NamedFormat].
func (lines) Name() string { return "bot" }

// Append implements [hub.Format].
func (f lines) Append(dst []byte, e *hub.Entry) []byte {
	switch {
	case e.Event.Seq == 0:
		return dst
	case concernsBots(&e.Event) && (f.bots || e.Event.From.Kind != hub.Bot):
		dst = append(dst, e.JSON...)
	default:
		dst = strconv.AppendInt(dst, e.Event.Seq, 10)
	}
	return append(dst, '\n')
}

// concernsBots reports whether e may go to conversations. A message that was deleted
// before a bot came to it says nothing any more.
func concernsBots(e *hub.Event) bool {
	if s, ok := e.Detail.(*hub.Standing); ok && s.Deleted {
		return false
	}
	return (e.Type == hub.TypeReceivedMessage || e.Type == hub.TypePressedButton) && e.From.ID != ""
}

// parseLine returns the event of a line; of one that does not concern bots
// only Seq is set.
func parseLine(line []byte) (hub.Event, error) {
	if len(line) > 0 && line[0] == '{' {
		return hub.ParseEvent(line)
	}
	seq, err := strconv.ParseInt(string(bytes.TrimSuffix(line, []byte("\n"))), 10, 64)
	return hub.Event{Seq: seq}, err
}

// inbox is the reader of a bot's frames: a short queue, so that a slow bot is
// a slow reader, whose frames wait in the room.
type inbox struct {
	format lines
	ready  chan struct{} // holds one token after frames came

	mu      sync.Mutex
	runs    [][]byte // of whole lines
	count   int
	waiting *hub.Cursor // refused, to be woken
	removed bool        // the room was deleted: nothing comes any more
}

func newInbox(hearBots bool) *inbox {
	return &inbox{format: lines{bots: hearBots}, ready: make(chan struct{}, 1)}
}

// OpenReader and Send make the inbox a [hub.RoomSender], for hub.Join.
func (in *inbox) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return in.format, in }

// Send implements [hub.Sender]: beside frames, that the room was removed.
func (in *inbox) Send(e hub.Event) error {
	if e.Type == hub.TypeRoomRemoved {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.removed = true
		signal(in.ready)
	}
	return nil
}

// ended reports whether the room was removed.
func (in *inbox) ended() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.removed
}

// Take implements [hub.Reader].
func (in *inbox) Take(c *hub.Cursor, frames []byte) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	end := 0
	for end < len(frames) && in.count < inboxFrames {
		end += bytes.IndexByte(frames[end:], '\n') + 1
		in.count++
	}
	if end < len(frames) {
		in.waiting = c
	}
	if end > 0 {
		in.runs = append(in.runs, frames[:end])
		signal(in.ready)
	}
	return end
}

// next returns the oldest line, nil where none waits.
func (in *inbox) next() []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.count == 0 {
		return nil
	}
	end := bytes.IndexByte(in.runs[0], '\n') + 1
	line := in.runs[0][:end]
	if in.runs[0] = in.runs[0][end:]; len(in.runs[0]) == 0 {
		in.runs[0] = nil
		in.runs = in.runs[1:]
	}
	if in.count--; in.count <= inboxFrames/2 && in.waiting != nil {
		in.waiting.Wake()
		in.waiting = nil
	}
	return line
}

// signal puts a token into a channel that holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
