package hub_test

import (
	"context"
	"fmt"
	"log/slog"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

// The classic: everyone in a room is told what one of them says. This is the
// way to build something other than the rooms of package hub, which keep a log.
func Example_channels() {
	layer := new(hub.MemoryLayer)
	defer layer.Close()
	chatRoom := func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return talker{layer, s, out}, layer.GroupAdd(ctx, "lobby", s.Channel())
	}
	app := hub.Chain(chatRoom, middleware.Channel(layer, slog.Default()))

	// An adapter opens a scope for each connection. Here are three.
	heard := make(screen)
	ctx := context.Background()
	var consumers []hub.Consumer
	for _, name := range []string{"ada", "bob", "cat"} {
		s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{Name: name}}
		consumer, err := app(ctx, s, heard)
		if err != nil {
			panic(err)
		}
		consumers = append(consumers, consumer)
	}
	// And cat's browser sends something.
	if err := consumers[2].Handle(ctx, hub.Event{Type: "say", Text: "kettle?"}); err != nil {
		panic(err)
	}
	fmt.Println(<-heard)
	fmt.Println(<-heard)
	fmt.Println(<-heard)
	for _, c := range consumers {
		c.Close(ctx, nil)
	}
	// Output:
	// cat: kettle?
	// cat: kettle?
	// cat: kettle?
}

// talker is the consumer of one scope.
type talker struct {
	layer hub.Channels
	scope *hub.Scope
	out   hub.Sender
}

// Handle is given what the scope's user says, and what anyone in the lobby said.
func (t talker) Handle(ctx context.Context, e hub.Event) error {
	if m, ok := e.Detail.(*hub.ChannelMessage); ok {
		return t.out.Send(hub.Event{Type: "said", Text: string(m.Body)})
	}
	return t.layer.GroupSend(ctx, "lobby", []byte(t.scope.User.Name+": "+e.Text))
}

// Close has nothing to undo: the channel leaves its groups with the scope.
func (talker) Close(context.Context, error) {}

// screen shows what is sent to it.
type screen chan string

func (s screen) Send(e hub.Event) error { s <- e.Text; return nil }

// Work that one of several workers does: each message is received once.
func Example_workers() {
	layer := new(hub.MemoryLayer)
	defer layer.Close()
	ctx := context.Background()
	thumbnails, done := "thumbnails", make(chan string)
	for range 2 {
		go func() {
			for {
				job, err := layer.Receive(ctx, thumbnails)
				if err != nil {
					return // the layer is closed
				}
				done <- "made a thumbnail of " + string(job)
			}
		}()
	}
	if err := layer.Send(ctx, thumbnails, []byte("kettle.jpg")); err != nil {
		fmt.Println(err) // hub.ErrChannelFull: the workers do not keep up
	}
	fmt.Println(<-done)
	// Output: made a thumbnail of kettle.jpg
}
