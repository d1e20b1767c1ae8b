package mqtt

import (
	"context"
	"errors"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// A loop grants subscriptions, takes publishes, and ends the connection.
func TestALoop(t *testing.T) {
	t.Parallel()
	causes := make(chan error, 1)
	r := startWith(t, Options{}, func(hub.Application) hub.Application {
		app := hub.Blocking(func(ctx context.Context, c hub.Conn) error {
			for {
				e, err := c.Receive(ctx)
				if err != nil {
					return err
				}
				switch d := e.Detail.(type) {
				case *Subscribe:
					err = c.Send(hub.Event{Type: TypeSuback, Tag: e.Tag, Detail: &Ack{Reason: d.QoS}})
				case *Publish:
					switch string(d.Payload) {
					case "bye":
						return nil
					case "thief":
						return hub.Errorf(hub.Forbidden, "Not you.")
					}
					err = c.Send(hub.Event{Type: TypePuback, Tag: e.Tag})
				}
				if err != nil {
					return err
				}
			}
		})
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			c, err := app(ctx, s, out)
			return causeOf{c, causes}, err
		}
	})
	for payload, reason := range map[string]byte{"bye": packets.ErrAdministrativeAction.Code, "thief": packets.ErrNotAuthorized.Code} {
		cl := r.connect(t, 5, "c")
		cl.granted(1, "rooms/lobby", 1)
		cl.publish("rooms/lobby", "hello", 1, 2)
		if ack := cl.expect(packets.Puback); ack.ReasonCode != 0 {
			t.Errorf("PUBACK %#x", ack.ReasonCode)
		}
		cl.publish("rooms/lobby", payload, 0, 0)
		if bye := cl.expect(packets.Disconnect); bye.ReasonCode != reason {
			t.Errorf("%s: DISCONNECT %#x", payload, bye.ReasonCode)
		}
		cl.ended()
		var refused *hub.Error
		if cause := <-causes; errors.As(cause, &refused) != (payload == "thief") {
			t.Errorf("%s: closed with %v", payload, cause)
		}
	}
}

// causeOf passes on what its consumer is closed with.
type causeOf struct {
	hub.Consumer
	causes chan<- error
}

func (c causeOf) Close(ctx context.Context, cause error) {
	c.Consumer.Close(ctx, cause)
	c.causes <- cause
}
