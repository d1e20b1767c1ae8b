package websocket_test

import (
	"testing"

	"hubbub/adapters/websocket"
	"hubbub/hub"
	"hubbub/hub/chat"
)

// rooms serves h's chat at the addresses of its rooms.
func rooms(h *hub.Hub) hub.Application {
	return hub.ByPath(map[string]hub.Application{"/ws/rooms/{room}": websocket.Chat(chat.New(h))})
}

// A socket of a room's own address has joined it, from where its query says.
func TestASocketOfARoom(t *testing.T) {
	_, url := serve(t, rooms(newHub(t, hub.NewMemoryLayer(), hub.Options{})), websocket.Options{})
	url += "/ws/rooms/"

	ada := dial(t, url+"lobby?name=ada")
	if e := ada.next(); e.Type != hub.TypeSessionOpened {
		t.Errorf("the first event is %+v", e)
	}
	e := ada.await(hub.TypeRoomJoined)
	epoch := e.Detail.(*hub.Joined).Epoch
	if e.Room != "lobby" || epoch == "" {
		t.Errorf("joined %+v", e)
	}
	for range 3 {
		ada.say(`{"type":"chat.send_message","room":"lobby","text":"kettle?"}`)
		ada.await(hub.TypeReceivedMessage)
	}
	for query, want := range map[string]struct {
		recovered bool
		events    int
	}{
		"&since=1":                     {true, 2},
		"&since=1&epoch=" + epoch:      {true, 2},
		"&since=" + epoch + ":2":       {true, 1},
		"&since=1&epoch=other&limit=1": {false, 1},
		"&limit=2":                     {false, 2},
	} {
		c := dial(t, url+"lobby?name=bob"+query)
		if j := c.await(hub.TypeRoomJoined).Detail.(*hub.Joined); j.Recovered != want.recovered || len(j.Events) != want.events || j.Head != 3 {
			t.Errorf("%s: joined %+v", query, j)
		}
	}
	for _, wrong := range []string{"NO?name=bob", "lobby?name=bob&since=x", "lobby?name=bob&limit=x", "lobby?name=bob&limit=-1"} {
		c := dial(t, url+wrong)
		if p := c.await(hub.TypeError).Detail.(*hub.Problem); p.Code != hub.Invalid {
			t.Errorf("%s: %+v", wrong, p)
		}
		c.say(`{"type":"room.join","room":"lobby"}`) // it is as open as any
		c.await(hub.TypeRoomJoined)
	}
}
