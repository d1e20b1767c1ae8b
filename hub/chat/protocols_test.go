package chat_test

import (
	"testing"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// Promise 1, without a network: scopes of any protocol share a room's events.
func TestScopesOfAllProtocolsShareARoom(t *testing.T) {
	app := hubtest.Strict(t, open(t).app)
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
