package hubtest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

func TestWebSocket(t *testing.T) {
	var ended []error
	app := playing(func(_ context.Context, s *hub.Scope, out hub.Sender, e hub.Event) error {
		m := e.Detail.(*hub.SocketMessage)
		if string(m.Data) == "bye" {
			return out.Send(hub.Event{Type: hub.TypeSocketClose, Detail: &hub.SocketClose{Code: 1000, Reason: s.User.Name}})
		}
		return out.Send(hub.Event{Type: hub.TypeSocketSend, Detail: m})
	}, func(cause error) { ended = append(ended, cause) })
	ws := hubtest.OpenWebSocket(t, app, "/ws", hubtest.As("bob"))
	ws.Say("hello")
	ws.SayBytes([]byte{0xFF})
	if text, data := ws.Hear(), ws.HearBytes(); text != "hello" || string(data) != "\xFF" {
		t.Errorf("heard %q and %q", text, data)
	}
	ws.Say("bye")
	if c := ws.Closed(); c != (hub.SocketClose{Code: 1000, Reason: "bob"}) || len(ended) != 1 || ended[0] != nil {
		t.Errorf("closed as %+v, for %v", c, ended)
	}
	if err := ws.Try(hub.Event{Type: hub.TypeSocketReceive}); !errors.Is(err, hub.ErrEnded) {
		t.Errorf("said after the end: %v", err)
	}
}

func TestHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := playing(func(ctx context.Context, s *hub.Scope, out hub.Sender, e hub.Event) error {
			q := e.Detail.(*hub.HTTPRequest)
			part := hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{Body: []byte(q.Method), More: true}}
			switch s.Path {
			case "/refuse":
				return hub.Errorf(hub.Conflict, "Twice.")
			case "/stay":
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Hour):
				}
			}
			if err := out.Send(part); err != nil {
				return err
			}
			time.AfterFunc(time.Second, func() {
				_ = out.Send(hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{Body: []byte(q.Query.Get("x") + string(q.Body))}})
			})
			return nil
		}, nil)
		r := hubtest.OpenHTTP(t, app, http.MethodPost, "/a?x=y", "z").Response()
		if r.Status != http.StatusOK || string(r.Body) != "POSTyz" {
			t.Errorf("answered %d %s", r.Status, r.Body)
		}
		if p := hubtest.OpenHTTP(t, app, http.MethodGet, "/refuse", "").Problem(); p.Code != hub.Conflict {
			t.Errorf("answered %+v", p)
		}
		stays := hubtest.OpenHTTP(t, app, http.MethodGet, "/stay", "")
		stays.ReceiveNothing()
		stays.Close() // the client leaves
		later := hubtest.OpenHTTP(t, app, http.MethodGet, "/stay", "")
		later.Patience = 2 * time.Hour
		if p := later.Part(); string(p.Body) != "GET" || !p.More {
			t.Errorf("the first part is %+v", p)
		}
	})
}

func TestMQTT(t *testing.T) {
	app := playing(func(_ context.Context, s *hub.Scope, out hub.Sender, e hub.Event) error {
		switch d := e.Detail.(type) {
		case *hub.MQTTSubscribe:
			if d.Filter == "rooms/no" {
				return hub.Errorf(hub.Forbidden, "No.")
			}
			return out.Send(hub.Event{Type: hub.TypeMQTTSuback, Tag: e.Tag, Detail: &hub.MQTTAck{Reason: d.QoS, User: d.User}})
		case *hub.MQTTPublish:
			m := &hub.MQTTMessage{Topic: d.Topic, Payload: append([]byte(s.User.Name+": "), d.Payload...)}
			if err := out.Send(hub.Event{Type: hub.TypeMQTTMessage, Detail: m}); err != nil {
				return err
			}
			var ack *hub.MQTTAck
			if d.Topic == "rooms/full" {
				ack = &hub.MQTTAck{Reason: 0x97}
			}
			return out.Send(hub.Event{Type: hub.TypeMQTTPuback, Tag: e.Tag, Detail: ack})
		}
		return nil
	}, nil)
	m := hubtest.OpenMQTT(t, app, "kettle")
	if u := m.Scope().User; u != (hub.User{ID: "mqtt:kettle", Name: "kettle", Kind: hub.Device}) {
		t.Errorf("the user is %+v", u)
	}
	ack, err := m.Subscribe("rooms/lobby", hub.MQTTProperty{Key: "since", Value: "1"})
	if err != nil || ack.Reason != 1 || len(ack.User) != 1 {
		t.Errorf("subscribed with %+v, %v", ack, err)
	}
	if _, err := m.Subscribe("rooms/no"); hub.CodeOf(err) != hub.Forbidden {
		t.Errorf("refused with %v", err)
	}
	if err := m.Publish("rooms/lobby", "hot"); err != nil {
		t.Error(err)
	}
	if got := m.Hear(); string(got.Payload) != "kettle: hot" {
		t.Errorf("heard %q", got.Payload)
	}
	if err := m.Publish("rooms/full", "hot"); err == nil {
		t.Error("a refusal is taken for an acknowledgement")
	}
	m.Unsubscribe("rooms/lobby")
}

func TestChat(t *testing.T) {
	app := playing(func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
		return out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "Hello, " + e.From.Name + "!"})
	}, nil)
	c := hubtest.OpenChat(t, app, "greeter")
	c.Say("hello")
	if got := c.Reply(); got != "Hello, ada!" || c.Scope().Path != "/bots/greeter" {
		t.Errorf("%s replied %q", c.Scope().Path, got)
	}
}

func TestWorker(t *testing.T) {
	var worked []string
	app := hub.ByChannel(map[string]hub.Application{"jobs": playing(func(_ context.Context, _ *hub.Scope, _ hub.Sender, e hub.Event) error {
		worked = append(worked, string(e.Detail.(*hub.ChannelMessage).Body))
		return nil
	}, nil)})
	w := hubtest.OpenWorker(t, app, "jobs")
	w.Hand("one")
	if len(worked) != 1 || worked[0] != "one" || w.Scope().User != (hub.User{}) {
		t.Errorf("%+v worked on %q", w.Scope().User, worked)
	}
}

// A consumer that is a loop ends its scope when it returns.
func TestFinish(t *testing.T) {
	late := hub.Errorf(hub.Unavailable, "Later.")
	app := hub.Blocking(func(ctx context.Context, c hub.Conn) error {
		e, err := c.Receive(ctx)
		if err != nil {
			return err
		}
		if m, ok := e.Detail.(*hub.SocketMessage); ok {
			if err := c.Send(hub.SocketText(string(m.Data))); err != nil {
				return err
			}
			return nil
		}
		return late
	})
	ws := hubtest.OpenWebSocket(t, app, "/ws")
	ws.Say("hello")
	if err := ws.Wait(); err != nil || ws.Hear() != "hello" {
		t.Errorf("finished with %v", err)
	}
	if err := ws.Try(hub.Event{}); !errors.Is(err, hub.ErrEnded) {
		t.Errorf("said after the end: %v", err)
	}
	m := hubtest.OpenMQTT(t, app, "kettle")
	if err := m.Publish("rooms/lobby", "hot"); hub.CodeOf(err) != hub.Unavailable {
		t.Errorf("published with %v", err)
	}
	if err := m.Wait(); !errors.Is(err, late) {
		t.Errorf("finished with %v", err)
	}
	if p := hubtest.OpenHTTP(t, app, http.MethodGet, "/", "").Problem(); p.Code != hub.Unavailable {
		t.Errorf("answered %+v", p)
	}
	silent := hub.Blocking(func(ctx context.Context, c hub.Conn) error {
		_, err := c.Receive(ctx)
		return err
	})
	if p := hubtest.OpenHTTP(t, silent, http.MethodGet, "/", "").Problem(); p.Code != hub.Internal {
		t.Errorf("answered %+v", p)
	}
	left := hubtest.OpenChat(t, silent, "greeter")
	left.Close() // the loop sees the end
}
