package http_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// desk is a consumer that answers as the path says.
type desk struct {
	scope *hub.Scope
	out   hub.Sender
	ended chan error
}

func (d *desk) Handle(ctx context.Context, e hub.Event) error {
	q := e.Detail.(*hub.HTTPRequest)
	part := func(body string, more bool) error {
		return d.out.Send(hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{
			Status: http.StatusAccepted, Header: http.Header{"X-User": {d.scope.User.Name}}, Body: []byte(body), More: more,
		}})
	}
	switch d.scope.Path {
	case "/whole":
		return part(q.Method+" "+q.Query.Get("x")+" "+string(q.Body), false)
	case "/parts":
		return errors.Join(part("one\n", true), part("two\n", false))
	case "/slowly":
		time.AfterFunc(serverTime*2, func() {
			_ = part("one\n", true)
			time.AfterFunc(serverTime*2, func() { _ = part("two\n", false) })
		})
	case "/conflict":
		return hub.Errorf(hub.Conflict, "Twice.")
	case "/error":
		return d.out.Send(hub.ErrorEvent(&e, hub.Errorf(hub.Forbidden, "No.")))
	case "/both":
		return errors.Join(part("answered", false), errors.New("and failed"))
	case "/broken":
		return errors.Join(part("one\n", true), errors.New("as told"))
	case "/stay":
		<-ctx.Done()
	case "/wrong":
		if err := d.out.Send(hub.SocketText("hi")); hub.CodeOf(err) != hub.Invalid {
			return part("it was taken", false)
		}
		return part("", false)
	}
	return nil
}

func (d *desk) Close(_ context.Context, cause error) { d.ended <- cause }

// serverTime is what a server gives a request by itself.
const serverTime = 250 * time.Millisecond

// An answer may take longer than a server gives a request, as long as it is not the
// client who takes his time.
func TestAnswersThatTakeTheirTime(t *testing.T) {
	for version := 1; version <= 2; version++ {
		app := func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			return &desk{s, out, make(chan error, 1)}, nil
		}
		web := httptest.NewUnstartedServer(httpapi.Scopes(app, httpapi.ScopeOptions{}))
		web.Config.ReadTimeout, web.Config.WriteTimeout = serverTime, serverTime
		web.EnableHTTP2 = version == 2
		web.StartTLS()
		res, err := web.Client().Get(web.URL + "/slowly")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(body) != "one\ntwo\n" || res.ProtoMajor != version {
			t.Errorf("%s: %q, %v", res.Proto, body, err)
		}
		web.Client().CloseIdleConnections()
		web.Close()
	}
}

// newDesk serves desks, and returns what the next one that closes was told.
func newDesk(t *testing.T, opts httpapi.ScopeOptions) (url string, ended <-chan error) {
	t.Helper()
	closed := make(chan error, 10)
	opts.Logger = slog.New(slog.DiscardHandler)
	opts.Identify = func(r *http.Request) (hub.User, string, error) {
		if r.URL.Query().Has("nobody") {
			return hub.User{}, "", hub.Errorf(hub.Unauthorized, "Who are you?")
		}
		return hub.User{ID: "ada", Name: "Ada"}, "", nil
	}
	app := func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		if s.Path == "/nothing" {
			return nil, hub.Errorf(hub.NotFound, "Nothing is here.")
		}
		return &desk{s, out, closed}, nil
	}
	web := httptest.NewServer(httpapi.Scopes(hubtest.Strict(t, app), opts))
	t.Cleanup(web.Close)
	return web.URL, closed
}

func TestScopes(t *testing.T) {
	url, ended := newDesk(t, httpapi.ScopeOptions{MaxBody: 10})
	for _, test := range []struct {
		path, body string
		status     int
		want       string
		opens      bool
	}{
		{"/whole?x=y", "z", http.StatusAccepted, "POST y z", true},
		{"/parts", "", http.StatusAccepted, "one\ntwo\n", true},
		{"/both", "", http.StatusAccepted, "answered", true},
		{"/wrong", "", http.StatusAccepted, "", true},
		{"/conflict", "", http.StatusConflict, `"code":"conflict"`, true},
		{"/error", "", http.StatusForbidden, `"detail":"No."`, true},
		{"/nothing", "", http.StatusNotFound, "Nothing is here.", false},
		{"/whole?nobody", "", http.StatusUnauthorized, "Who are you?", false},
		{"/whole", strings.Repeat("x", 11), http.StatusRequestEntityTooLarge, "at most 10 bytes", false},
	} {
		res, err := http.Post(url+test.path, "text/plain", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != test.status || !strings.Contains(string(body), test.want) {
			t.Errorf("%s: %d %s, %v", test.path, res.StatusCode, body, err)
		}
		if test.status == http.StatusAccepted && res.Header.Get("X-User") != "Ada" {
			t.Errorf("%s: headers %v", test.path, res.Header)
		}
		if !test.opens {
			continue
		}
		if cause := <-ended; cause != nil { // an error is an answer too
			t.Errorf("%s: the consumer was told %v", test.path, cause)
		}
	}
}

// Who leaves ends the scope, and what the consumer does.
func TestScopesEndWithTheClient(t *testing.T) {
	url, ended := newDesk(t, httpapi.ScopeOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/stay", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.DeadlineExceeded) { //nolint:bodyclose // there is none
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the consumer was told %v", err)
	}
}

func TestScopesThatAreNotAnswered(t *testing.T) {
	url, ended := newDesk(t, httpapi.ScopeOptions{Wait: 20 * time.Millisecond})
	for _, path := range []string{"/stay", "/forgets"} {
		res, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if cause := <-ended; res.StatusCode != http.StatusServiceUnavailable || hub.CodeOf(cause) != hub.Unavailable {
			t.Errorf("%s: %s, %v", path, res.Status, cause)
		}
	}
}

// What breaks off is not taken for whole.
func TestScopesThatBreakOff(t *testing.T) {
	url, ended := newDesk(t, httpapi.ScopeOptions{})
	res, err := http.Get(url + "/broken")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	if line, err := in.ReadString('\n'); line != "one\n" || err != nil {
		t.Errorf("read %q, %v", line, err)
	}
	if rest, err := io.ReadAll(in); err == nil {
		t.Errorf("then read %q, and its end", rest)
	}
	if cause := <-ended; cause == nil || cause.Error() != "as told" {
		t.Errorf("the consumer was told %v", cause)
	}
}

// Consumers written as a loop, whose return ends the request.
func TestScopesOfALoop(t *testing.T) {
	web := httptest.NewServer(httpapi.Scopes(hub.Blocking(func(ctx context.Context, c hub.Conn) error {
		if _, err := c.Receive(ctx); err != nil {
			return err
		}
		part := hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{Body: []byte("x"), More: true}}
		switch c.Scope().Path {
		case "/parts":
			return errors.Join(c.Send(part), c.Send(part))
		case "/refuses":
			return hub.Errorf(hub.Conflict, "Twice.")
		}
		return nil
	}), httpapi.ScopeOptions{Logger: slog.New(slog.DiscardHandler)}))
	t.Cleanup(web.Close)
	for path, want := range map[string]string{"/parts": "200 xx", "/refuses": "409 ", "/silent": "500 "} {
		res, err := http.Get(web.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if got := fmt.Sprintf("%d %s", res.StatusCode, body); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
}
