package chat_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
	"hubbub/hub/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newApp(t *testing.T) hub.Application {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	h := hub.New(store, hub.NewMemoryLayer(), hub.Options{})
	t.Cleanup(h.Close)
	return hubtest.Strict(t, chat.New(h))
}

// Promise 1, without a network: scopes of any protocol share a room's events.
func TestScopesOfAllProtocolsShareARoom(t *testing.T) {
	app := newApp(t)
	scopes := make(map[string]*hubtest.Conn)
	for _, typ := range []string{hub.ScopeWebSocket, hub.ScopeMQTT, hub.ScopeHTTP} {
		c := hubtest.Open(t, app, hubtest.NewScope(typ, "/", hubtest.As(typ)))
		c.Send(hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Ref: "j", Tag: 7})
		if e := c.Await(hub.TypeRoomJoined); e.Ref != "j" || e.Tag != 7 || e.Detail.(*hub.Joined).Head != 0 {
			t.Errorf("%s joined as %+v", typ, e)
		}
		scopes[typ] = c
	}
	seq := int64(0)
	for typ, c := range scopes {
		c.Send(hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Ref: typ, Text: "from " + typ, Tag: 8})
		sent := c.Await(hub.TypeSentMessage)
		if seq++; sent.Seq != seq || sent.Ref != typ || sent.Tag != 8 {
			t.Errorf("%s sent as %+v", typ, sent)
		}
		for other, o := range scopes {
			e := o.Await(hub.TypeReceivedMessage)
			if e.Seq != seq || e.ID != sent.ID || e.Text != "from "+typ || e.From.Via != typ || e.Tag != 7 {
				t.Errorf("%s heard %+v of %s", other, e, typ)
			}
		}
	}
}

func TestALeftRoomIsSilent(t *testing.T) {
	app := newApp(t)
	ada := hubtest.Open(t, app, hubtest.NewScope(hub.ScopeWebSocket, "/"))
	bob := hubtest.Open(t, app, hubtest.NewScope(hub.ScopeWebSocket, "/", hubtest.As("bob")))
	for _, c := range []*hubtest.Conn{ada, bob} {
		c.Send(hub.Event{Type: hub.TypeRoomJoin, Room: "lobby"})
		c.Await(hub.TypeRoomJoined)
	}
	// Joined again, it is one subscription still.
	bob.Send(hub.Event{Type: hub.TypeRoomJoin, Room: "lobby"})
	bob.Await(hub.TypeRoomJoined)
	say := func(text string) {
		t.Helper()
		ada.Send(hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: text})
		ada.Await(hub.TypeSentMessage)
		ada.Await(hub.TypeReceivedMessage)
	}
	say("one")
	if e := bob.Await(hub.TypeReceivedMessage); e.Text != "one" {
		t.Errorf("bob heard %+v", e)
	}
	bob.Send(hub.Event{Type: hub.TypeRoomLeave, Room: "lobby"})
	bob.Await(hub.TypeRoomLeft)
	say("two")
	bob.Send(hub.Event{Type: hub.TypeRoomHistory, Room: "lobby", Detail: &hub.HistoryRequest{}})
	if h := bob.Await(hub.TypeRoomHistory).Detail.(*hub.History); len(h.Events) != 2 {
		t.Errorf("the history has %d events", len(h.Events))
	}
	if err := bob.Try(hub.Event{Type: hub.TypeRoomLeave, Room: "lobby"}); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("left twice: %v", err)
	}
	for _, e := range []hub.Event{{Type: "no.such"}, {Type: hub.TypeRoomHistory, Room: "lobby"}, {Type: hub.TypeRoomJoin, Room: "NO"}} {
		if err := bob.Try(e); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%s: %v", e.Type, err)
		}
	}
}
