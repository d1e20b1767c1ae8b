package websocket_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"

	"hubbub/adapters/websocket"
	"hubbub/hub"
)

// noted passes the causes that its consumers are closed with on.
func noted(app hub.Application, causes chan<- error) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		c, err := app(ctx, s, out)
		return notedConsumer{c, causes}, err
	}
}

type notedConsumer struct {
	hub.Consumer
	causes chan<- error
}

func (c notedConsumer) Close(ctx context.Context, cause error) {
	c.Consumer.Close(ctx, cause)
	c.causes <- cause
}

func TestALoopEndsTheSocket(t *testing.T) {
	forbidden, internal := hub.Errorf(hub.Forbidden, "%s", "No: "+strings.Repeat("ü", 100)), errors.New("a defect")
	for _, test := range []struct {
		name string
		end  error
		code int
	}{
		{"as it should", nil, gorilla.CloseNormalClosure},
		{"forbidden", forbidden, gorilla.ClosePolicyViolation},
		{"slow", hub.ErrSlow, 4001},
		{"too large", hub.Errorf(hub.TooLarge, "Less."), gorilla.CloseMessageTooBig},
		{"later", hub.Errorf(hub.Unavailable, "Later."), gorilla.CloseTryAgainLater},
		{"a defect", internal, gorilla.CloseInternalServerErr},
	} {
		t.Run(test.name, func(t *testing.T) {
			causes := make(chan error, 1)
			_, url := serve(t, noted(hub.Blocking(func(ctx context.Context, c hub.Conn) error {
				e, err := c.Receive(ctx)
				if err != nil {
					return err
				}
				if err := c.Send(e); err != nil {
					t.Error(err)
				}
				return test.end
			}), causes), websocket.Options{})
			c := dial(t, url+"?name=ada")
			c.say("hello")
			if _, body, err := c.ReadMessage(); err != nil || string(body) != "hello" {
				t.Errorf("%s, %v", body, err)
			}
			if code := c.closed(); code != test.code {
				t.Errorf("closed with %d, want %d", code, test.code)
			}
			if cause := <-causes; !errors.Is(cause, test.end) {
				t.Errorf("the consumer was closed with %v", cause)
			}
		})
	}
}

// The same behind the codec, and the other way round: the peer ends it.
func TestALoopOfChatEvents(t *testing.T) {
	ended := make(chan error, 1)
	_, url := serve(t, websocket.Chat(hub.Blocking(func(ctx context.Context, c hub.Conn) error {
		for {
			e, err := c.Receive(ctx)
			if err != nil {
				ended <- err
				return err
			}
			if e.Text == "bye" {
				return nil
			}
			if err := c.Send(e); err != nil {
				return err
			}
		}
	})), websocket.Options{})
	ada, bob := enter(t, url, "ada"), enter(t, url, "bob")
	ada.say(`{"type":"chat.send_message","room":"lobby","text":"hi"}`)
	if e := ada.next(); e.Text != "hi" {
		t.Errorf("echoed %+v", e)
	}
	ada.say(`{"type":"chat.send_message","room":"lobby","text":"bye"}`)
	if code := ada.closed(); code != gorilla.CloseNormalClosure {
		t.Errorf("closed with %d", code)
	}
	bye := gorilla.FormatCloseMessage(gorilla.CloseNormalClosure, "")
	if err := bob.WriteControl(gorilla.CloseMessage, bye, time.Now().Add(time.Second)); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, hub.ErrEnded) {
		t.Errorf("the loop saw %v", err)
	}
}

// A loop that never receives is full, and neither the peer nor the server waits
// for it.
func TestALoopThatDoesNotReceive(t *testing.T) {
	opened, gone := make(chan struct{}), make(chan struct{})
	s, url := serve(t, hub.Blocking(func(ctx context.Context, _ hub.Conn) error {
		close(opened)
		<-ctx.Done()
		close(gone)
		return nil
	}), websocket.Options{})
	c := dial(t, url+"?name=ada")
	<-opened
	for range 50 {
		c.say("hello")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	s.Shutdown(ctx)
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the loop goes on")
	}
}
