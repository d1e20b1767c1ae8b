package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"hubbub/hub"
	"hubbub/hub/hubtest"
	"hubbub/hub/middleware"
)

// gallery has thumbnails made by workers, and tells its user when they are.
func gallery(layer hub.Channels) hub.Application {
	app := func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return hub.ConsumerFunc(func(ctx context.Context, e hub.Event) error {
			switch d := e.Detail.(type) {
			case *hub.SocketMessage: // hub.ErrChannelFull, where the workers do not keep up
				return layer.Send(ctx, "thumbnails", []byte(s.Channel()+" "+string(d.Data)))
			case *hub.ChannelMessage:
				return out.Send(hub.SocketText(string(d.Body)))
			}
			return nil
		}), nil
	}
	return middleware.Channel(layer, slog.Default())(app)
}

// thumbnails is the application of the workers.
func thumbnails(layer hub.Channels) hub.Application {
	return func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
		return hub.ConsumerFunc(func(ctx context.Context, e hub.Event) error {
			job, ok := e.Detail.(*hub.ChannelMessage)
			if !ok {
				return nil
			}
			asker, picture, _ := strings.Cut(string(job.Body), " ")
			return layer.Send(ctx, asker, []byte("a thumbnail of "+picture))
		}), nil
	}
}

// Work that is done elsewhere, on any hub: each message of a named channel is
// handed to one worker, which answers to the channel of the scope that asked.
func Example_worker() {
	layer := new(hub.MemoryLayer)
	defer layer.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	app := hub.ByChannel(map[string]hub.Application{"thumbnails": thumbnails(layer)})
	go func() { ended <- hub.Work(ctx, layer, app, hub.WorkOptions{}, "thumbnails") }()
	var t hubtest.Example
	defer t.End()

	ws := hubtest.OpenWebSocket(&t, gallery(layer), "/ws/gallery")
	ws.Say("kettle.jpg")
	fmt.Println(ws.Hear())
	cancel()
	fmt.Println(<-ended)
	// Output:
	// a thumbnail of kettle.jpg
	// <nil>
}
