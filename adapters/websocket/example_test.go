package websocket_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	gorilla "github.com/gorilla/websocket"

	"hubbub/adapters/websocket"
	"hubbub/hub"
)

// newEcho makes the consumer of a socket, which sends back what it is handed.
func newEcho(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
	return hub.ConsumerFunc(func(_ context.Context, e hub.Event) error {
		return out.Send(hub.Event{Type: hub.TypeSocketSend, Detail: e.Detail})
	}), nil
}

// anyone lets everybody in, as guests without a name.
func anyone(*http.Request) (hub.User, string, error) {
	return hub.User{ID: hub.NewID(), Kind: hub.Guest}, "", nil
}

// An application of your own, served. A program has an http.Server where this has
// a test's.
func Example() {
	app := hub.ByPath(map[string]hub.Application{"/ws/echo": newEcho})
	sockets := websocket.New(app, websocket.Options{Identify: anyone})
	web := httptest.NewServer(sockets)
	defer web.Close()
	defer sockets.Shutdown(context.Background())

	ws, _, err := gorilla.DefaultDialer.Dial("ws"+strings.TrimPrefix(web.URL, "http")+"/ws/echo", nil)
	if err != nil {
		panic(err)
	}
	if err := ws.WriteMessage(gorilla.TextMessage, []byte("hello")); err != nil {
		panic(err)
	}
	_, text, err := ws.ReadMessage()
	fmt.Println(string(text), err)
	_ = ws.Close()
	// Output: hello <nil>
}
