package websocket_test

import (
	"fmt"
	"strings"
	"testing"

	gorilla "github.com/gorilla/websocket"

	"hubbub/adapters/websocket"
	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// Promises 2, 4 and 5: a client that writes and reads over a wire that is cut
// again and again, while frames are on their way in both directions, has each of
// its messages in the log once and sees every event once, in order.
func TestNothingIsLostWhenTheWireIsCut(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	wire := hubtest.NewProxy(t, strings.TrimPrefix(url, "ws://"))
	tab := &tab{t: t, url: "ws://" + wire.Addr()}
	const cuts, each = 10, 30
	const total = cuts * each
	for cut := range cuts {
		for n := range each {
			tab.pending = append(tab.pending, fmt.Sprintf("r%d.%d", cut, n))
		}
		tab.connect()
		for begin := tab.seen; tab.seen < begin+int64(2*cut) && tab.next() == nil; {
		}
		wire.Cut()
		for tab.next() == nil { // what came before the cut counts
		}
	}
	tab.connect()
	for (tab.seen < total || len(tab.pending) > 0) && tab.next() == nil {
	}
	if tab.seen != total || len(tab.refs) != total || len(tab.pending) > 0 {
		t.Errorf("saw %d events with %d refs; %d were not acknowledged", tab.seen, len(tab.refs), len(tab.pending))
	}
}

// Promise 4: whose acknowledgement was lost is told that the message was kept, and
// who sends it again has sent one message.
func TestALostAcknowledgement(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	wire := hubtest.NewProxy(t, strings.TrimPrefix(url, "ws://"))
	lost := wire.Lose(hubtest.ToClient, hub.TypeSentMessage)
	tab := &tab{t: t, url: "ws://" + wire.Addr(), pending: []string{"r1"}}
	tab.connect()
	for tab.next() == nil {
	}
	<-lost
	wire.Resume()
	seen := tab.seen // it may have come before
	tab.connect()
	if tab.seen != 1 || len(tab.pending) > 0 {
		t.Errorf("saw %d, then %d events; %d were not acknowledged", seen, tab.seen, len(tab.pending))
	}
	again := enter(t, url, "ada")
	again.say(`{"type":"chat.send_message","room":"lobby","ref":"r1","text":"r1"}`)
	if e := again.await(hub.TypeSentMessage); e.Seq != 1 {
		t.Errorf("sent again as %+v", e)
	}
}

// tab is what a browser's tab does: it keeps what was not acknowledged, and how
// far it has read.
type tab struct {
	t       *testing.T
	url     string
	ws      *gorilla.Conn
	epoch   string
	seen    int64
	refs    map[string]bool // of the events seen
	pending []string        // refs of messages that were not acknowledged
}

// connect joins, resumes, and sends again whatever may be lost.
func (b *tab) connect() {
	b.t.Helper()
	c := dial(b.t, b.url+"?name=ada")
	b.ws = c.Conn
	refs := `"` + strings.Join(b.pending, `","`) + `"`
	c.say(`{"type":"room.join","room":"lobby","since":%d,"epoch":"%s","refs":[%s]}`, b.seen, b.epoch, refs)
	j := c.await(hub.TypeRoomJoined).Detail.(*hub.Joined)
	if !j.Recovered {
		b.t.Fatalf("not recovered: %+v", j)
	}
	b.epoch = j.Epoch
	for _, e := range j.Events {
		b.read(&e.Event)
	}
	for _, k := range j.Kept {
		b.acknowledged(k.Ref)
	}
	for _, ref := range b.pending {
		c.say(`{"type":"chat.send_message","room":"lobby","ref":"%s","text":"%s"}`, ref, ref)
	}
}

// next reads one frame; its error is that of the connection.
func (b *tab) next() error {
	b.t.Helper()
	_, frame, err := b.ws.ReadMessage()
	if err != nil {
		return err
	}
	e, err := hub.ParseEvent(frame)
	if err != nil {
		b.t.Fatal(err)
	}
	switch e.Type {
	case hub.TypeReceivedMessage:
		b.read(&e)
	case hub.TypeSentMessage:
		b.acknowledged(e.Ref)
	case hub.TypeError:
		b.t.Fatalf("answered %s", frame)
	}
	return nil
}

func (b *tab) read(e *hub.Event) {
	b.t.Helper()
	if b.seen++; e.Seq != b.seen || b.refs[e.Ref] || e.Text != e.Ref {
		b.t.Fatalf("event %+v follows seq %d", e, b.seen-1)
	}
	if b.refs == nil {
		b.refs = make(map[string]bool)
	}
	b.refs[e.Ref] = true
}

func (b *tab) acknowledged(ref string) {
	for i, pending := range b.pending {
		if pending == ref {
			b.pending = append(b.pending[:i], b.pending[i+1:]...)
			return
		}
	}
}
