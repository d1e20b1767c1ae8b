package hubtest

import (
	"unicode/utf8"

	"hubbub/hub"
)

// WebSocket is a socket without a network.
type WebSocket struct{ *Conn }

// OpenWebSocket opens a socket at that path, on an application of a socket's own
// events. See [Open], and [NewScope] for changes.
func OpenWebSocket(t TB, app hub.Application, path string, changes ...func(*hub.Scope)) *WebSocket {
	t.Helper()
	return &WebSocket{open(t, app, NewScope(hub.ScopeWebSocket, path, changes...), kind{
		takes: func(e *hub.Event) error {
			switch d := e.Detail.(type) {
			case *hub.SocketMessage:
				if !d.Binary && !utf8.Valid(d.Data) {
					return hub.Errorf(hub.Invalid, "A text is UTF-8.")
				}
				return nil
			case *hub.SocketClose:
				return nil
			default:
				return hub.Errorf(hub.Invalid, "A websocket scope sends %s or %s.", hub.TypeSocketSend, hub.TypeSocketClose)
			}
		},
		ends: func(e *hub.Event) bool { return e.Type == hub.TypeSocketClose },
	})}
}

// Say sends a text.
func (w *WebSocket) Say(text string) {
	w.t.Helper()
	w.Send(hub.Event{Type: hub.TypeSocketReceive, Detail: &hub.SocketMessage{Data: []byte(text)}})
}

// SayBytes sends a binary message.
func (w *WebSocket) SayBytes(data []byte) {
	w.t.Helper()
	w.Send(hub.Event{Type: hub.TypeSocketReceive, Detail: &hub.SocketMessage{Binary: true, Data: data}})
}

// Hear returns the next message, which must be a text.
func (w *WebSocket) Hear() string {
	w.t.Helper()
	return string(w.message("a text", false).Data)
}

// HearBytes returns the next message, which must be binary.
func (w *WebSocket) HearBytes() []byte {
	w.t.Helper()
	return w.message("a binary message", true).Data
}

func (w *WebSocket) message(what string, binary bool) *hub.SocketMessage {
	w.t.Helper()
	e := w.await(what, func(e *hub.Event) bool { return e.Type == hub.TypeSocketSend })
	m, ok := e.Detail.(*hub.SocketMessage)
	if !ok || m.Binary != binary {
		w.t.Fatalf("hubtest: %s: %s was awaited, and %s came%s", w, what, describe(&e), w.said())
	}
	return m
}

// Closed waits until the consumer has closed the socket with a websocket.close,
// and returns how. For one that finishes there is [Conn.Wait].
func (w *WebSocket) Closed() hub.SocketClose {
	w.t.Helper()
	e := w.Await(hub.TypeSocketClose)
	_ = w.Wait() // there is no cause beside what it said
	d, _ := e.Detail.(*hub.SocketClose)
	return *d
}
