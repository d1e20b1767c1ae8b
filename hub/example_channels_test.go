package hub_test

import (
	"context"
	"fmt"
	"log/slog"

	"hubbub/hub"
	"hubbub/hub/hubtest"
	"hubbub/hub/middleware"
)

// chatRoom tells everyone at a path what one of them says.
func chatRoom(layer hub.Channels) hub.Application {
	room := func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		group := s.Params.Get("room")
		return hub.ConsumerFunc(func(ctx context.Context, e hub.Event) error {
			switch d := e.Detail.(type) {
			case *hub.SocketMessage: // the scope's own user said something
				return layer.GroupSend(ctx, group, []byte(s.User.Name+": "+string(d.Data)))
			case *hub.ChannelMessage: // someone in the room did
				return out.Send(hub.SocketText(string(d.Body)))
			}
			return nil
		}), layer.GroupAdd(ctx, group, s.Channel()) // until the scope ends
	}
	return hub.Chain(hub.ByPath(map[string]hub.Application{"/ws/{room}": room}),
		middleware.Channel(layer, slog.Default()))
}

// The classic chat room, in twenty lines. This is the way to build something other
// than the rooms of package hub, which keep a log.
func Example_channels() {
	layer := new(hub.MemoryLayer) // on several hubs, one that they share
	defer layer.Close()
	var t hubtest.Example
	defer t.End()

	app := chatRoom(layer)
	ada := hubtest.OpenWebSocket(&t, app, "/ws/kitchen", hubtest.As("ada"))
	bob := hubtest.OpenWebSocket(&t, app, "/ws/kitchen", hubtest.As("bob"))
	cat := hubtest.OpenWebSocket(&t, app, "/ws/attic", hubtest.As("cat"))
	bob.Say("kettle?")
	fmt.Println(ada.Hear())
	fmt.Println(bob.Hear())
	cat.ReceiveNothing()
	// Output:
	// bob: kettle?
	// bob: kettle?
}
