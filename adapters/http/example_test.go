package http_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	gorilla "github.com/gorilla/websocket"

	httpapi "hubbub/adapters/http"
	"hubbub/adapters/websocket"
	"hubbub/hub"
	"hubbub/hub/hubtest"
	"hubbub/hub/middleware"
)

// board is an application of two protocols: a socket writes on it and hears what
// is written, and a GET waits for what is written next.
func board(layer hub.Channels) hub.Application {
	join := func(consumer func(*hub.Scope, hub.Sender) hub.ConsumerFunc) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			return consumer(s, out), layer.GroupAdd(ctx, "board", s.Channel())
		}
	}
	socket := func(s *hub.Scope, out hub.Sender) hub.ConsumerFunc {
		return func(ctx context.Context, e hub.Event) error {
			switch d := e.Detail.(type) {
			case *hub.SocketMessage:
				return layer.GroupSend(ctx, "board", []byte(s.User.Name+": "+string(d.Data)))
			case *hub.ChannelMessage:
				return out.Send(hub.SocketText(string(d.Body)))
			}
			return nil
		}
	}
	poll := func(_ *hub.Scope, out hub.Sender) hub.ConsumerFunc {
		return func(_ context.Context, e hub.Event) error {
			switch d := e.Detail.(type) {
			case *hub.HTTPRequest: // the headers go out at once
				header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
				return out.Send(hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{Header: header, More: true}})
			case *hub.ChannelMessage: // the rest when there is something
				return out.Send(hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{Body: d.Body}})
			}
			return nil
		}
	}
	return hub.Chain(hub.ByType(map[string]hub.Application{
		hub.ScopeWebSocket: hub.ByPath(map[string]hub.Application{"/ws/board": join(socket)}),
		hub.ScopeHTTP:      hub.ByPath(map[string]hub.Application{"/board": join(poll)}),
	}), middleware.Channel(layer, slog.Default()))
}

// One application tested without a network.
func ExampleScopes_tested() {
	layer := new(hub.MemoryLayer)
	defer layer.Close()
	var t hubtest.Example
	defer t.End()

	app := board(layer)
	poll := hubtest.OpenHTTP(&t, app, http.MethodGet, "/board", "")
	ws := hubtest.OpenWebSocket(&t, app, "/ws/board", hubtest.As("ada"))
	poll.Part() // the headers
	poll.ReceiveNothing()
	ws.Say("kettle?")
	fmt.Println(ws.Hear())
	fmt.Printf("%s\n", poll.Response().Body)
	// Output:
	// ada: kettle?
	// ada: kettle?
}

// And the same served: a request that waits, beside a socket.
func ExampleScopes() {
	layer := new(hub.MemoryLayer)
	defer layer.Close()
	app := board(layer)
	sockets := websocket.New(app, websocket.Options{Identify: func(*http.Request) (hub.User, string, error) {
		return hub.User{ID: "ada", Name: "ada", Kind: hub.Guest}, "", nil
	}})
	mux := http.NewServeMux()
	mux.Handle("/ws/", sockets)
	mux.Handle("/board", httpapi.Scopes(app, httpapi.ScopeOptions{}))
	web := httptest.NewServer(mux)
	defer web.Close()
	defer sockets.Shutdown(context.Background())

	poll, err := http.Get(web.URL + "/board") // returns with the headers
	if err != nil {
		panic(err)
	}
	defer poll.Body.Close()
	ws, _, err := gorilla.DefaultDialer.Dial("ws"+strings.TrimPrefix(web.URL, "http")+"/ws/board", nil)
	if err != nil {
		panic(err)
	}
	if err := ws.WriteMessage(gorilla.TextMessage, []byte("kettle?")); err != nil {
		panic(err)
	}
	line := bufio.NewScanner(poll.Body)
	line.Scan()
	fmt.Println(poll.Status, line.Text())
	_, text, err := ws.ReadMessage()
	fmt.Println(string(text), err)
	_ = ws.Close()
	// Output:
	// 200 OK ada: kettle?
	// ada: kettle? <nil>
}
