package http_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/sqlite"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

type server struct {
	*httptest.Server
	ready   atomic.Bool
	handler *httpapi.Server
	hub     *hub.Hub
}

// newServer serves HTTP/1.1.
func newServer(t testing.TB, changes ...func(*httpapi.Options)) *server {
	t.Helper()
	return newServerOf(t, 1, changes...)
}

// opens is newServer, for one version of HTTP.
type opens func(t testing.TB, changes ...func(*httpapi.Options)) *server

// eachVersion runs a test with each version of HTTP: the second is over TLS.
func eachVersion(t *testing.T, test func(t *testing.T, newServer opens)) {
	t.Helper()
	for version := 1; version <= 2; version++ {
		t.Run(fmt.Sprintf("HTTP %d", version), func(t *testing.T) {
			test(t, func(t testing.TB, changes ...func(*httpapi.Options)) *server {
				t.Helper()
				return newServerOf(t, version, changes...)
			})
		})
	}
}

func newServerOf(t testing.TB, version int, changes ...func(*httpapi.Options)) *server {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	h := hub.New(store, hub.NewMemoryLayer(), hub.Options{
		Policy: func(room string) hub.Policy { return hub.Policy{Ephemeral: strings.HasPrefix(room, "raw.")} },
	})
	t.Cleanup(h.Close)
	s := &server{hub: h}
	s.ready.Store(true)
	opts := httpapi.Options{
		App: chat.New(h),
		Identify: func(r *http.Request) (hub.User, string, error) {
			name := r.URL.Query().Get("name")
			if name == "" {
				return hub.User{}, "", hub.Errorf(hub.Unauthorized, "Who are you?")
			}
			return hub.User{ID: "id-" + name, Name: name, Kind: hub.Guest}, "secret-" + name, nil
		},
		Ready: func(context.Context) error {
			if !s.ready.Load() {
				return errors.New("the store does not answer")
			}
			return nil
		},
		UI: fstest.MapFS{
			"index.html":     {Data: []byte("<!doctype html>the page")},
			"assets/app.js":  {Data: []byte("the script")},
			"favicon.svg":    {Data: []byte("<svg/>")},
			"assets/.hidden": {Data: []byte("x")},
		},
		Mount: map[string]http.Handler{"/ws": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "socket") })},
		Hosts: hub.Hosts{Names: []string{"chat.example"}},
		About: httpapi.About{Version: "test"},
	}
	for _, change := range changes {
		change(&opts)
	}
	s.handler = httpapi.New(opts)
	s.Server = httptest.NewUnstartedServer(s.handler)
	if version == 2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(func() {
		cut, cancel := context.WithCancel(context.Background())
		cancel()
		s.handler.Shutdown(cut)
		s.Close()
	})
	return s
}

// answer is a response whose body was read.
type answer struct {
	StatusCode int
	Status     string
	Header     http.Header
}

// do sends a request and returns the answer and its body.
func (s *server) do(t *testing.T, method, path, body string, change func(*http.Request)) (answer, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Status, res.Header}, string(b)
}

func TestPostAndReadBack(t *testing.T) {
	s := newServer(t)
	const path = "/api/v1/rooms/lobby/messages?name=ada"
	var first, again struct {
		ID, Room, Ref, At string
		Seq               int64
	}
	for i, got := range []any{&first, &again} {
		res, body := s.do(t, "POST", path, `{"text":"kettle <on> ü","data":{"temp":21.50},"ref":"r1","unknown":true}`, nil)
		if err := json.Unmarshal([]byte(body), got); err != nil || res.StatusCode != http.StatusCreated {
			t.Fatalf("post %d: %s %s", i, res.Status, body)
		}
	}
	if first != again || first.Seq != 1 || first.ID == "" || first.Room != "lobby" || first.Ref != "r1" {
		t.Errorf("answered %+v, then %+v", first, again)
	}
	// As curl -d sends it.
	res, body := s.do(t, "POST", path, `{"text":"on"}`, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	})
	if res.StatusCode != http.StatusCreated {
		t.Errorf("curl -d: %s %s", res.Status, body)
	}
	res, body = s.do(t, "GET", "/api/v1/rooms/lobby/messages?name=bob&limit=1&after=0", "", nil)
	want := `"text":"kettle <on> ü","data":{"temp":21.50}`
	if res.StatusCode != http.StatusOK || !strings.Contains(body, want) || !strings.Contains(body, `"more":true`) || strings.Contains(body, `"text":"on"`) {
		t.Errorf("read %s %s", res.Status, body)
	}
}

func TestProblems(t *testing.T) {
	s := newServer(t)
	const messages = "/api/v1/rooms/lobby/messages"
	for _, test := range []struct {
		name, method, path, body string
		want                     int
	}{
		{"nobody", "POST", messages, `{"text":"hi"}`, 401},
		{"junk", "POST", messages + "?name=ada", `junk-secret`, 400},
		{"nothing", "POST", messages + "?name=ada", ``, 400},
		{"an empty message", "POST", messages + "?name=ada", `{}`, 400},
		{"a wrong type", "POST", messages + "?name=ada", `{"text":["junk-secret"]}`, 400},
		{"a bad room", "POST", "/api/v1/rooms/NO/messages?name=ada", `{"text":"hi"}`, 400},
		{"a long text", "POST", messages + "?name=ada", `{"text":"` + strings.Repeat("x", 17<<10) + `"}`, 413},
		{"a huge body", "POST", messages + "?name=ada", `{"text":"` + strings.Repeat("x", 1<<20) + `"}`, 413},
		{"no such room", "GET", "/api/v1/rooms/attic/messages?name=ada", "", 404},
		{"a bad limit", "GET", messages + "?name=ada&limit=-1", "", 400},
		{"no such address", "GET", "/api/v1/nowhere", "", 404},
		{"a wrong method", "DELETE", messages, "", 405},
		{"changing the page", "POST", "/", "", 405},
	} {
		res, body := s.do(t, test.method, test.path, test.body, nil)
		var problem struct {
			Title, Detail, Code string
			Status              int
		}
		err := json.Unmarshal([]byte(body), &problem)
		if err != nil || res.StatusCode != test.want || problem.Status != test.want || problem.Detail == "" || problem.Code == "" ||
			res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %s %s", test.name, res.Status, res.Header.Get("Content-Type"), body)
		}
		if strings.Contains(body, "junk-secret") {
			t.Errorf("%s: the request's values are repeated: %s", test.name, body)
		}
	}
	if res, _ := s.do(t, "DELETE", messages, "", nil); !strings.Contains(res.Header.Get("Allow"), "POST") {
		t.Errorf("405 allows %q", res.Header.Get("Allow"))
	}
}

func TestHealth(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if res, body := s.do(t, "GET", path, "", nil); res.StatusCode != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: %s %s", path, res.Status, body)
		}
	}
	s.ready.Store(false)
	if res, body := s.do(t, "GET", "/readyz", "", nil); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "store") {
		t.Errorf("not ready: %s %s", res.Status, body)
	}
	if res, _ := s.do(t, "GET", "/healthz", "", nil); res.StatusCode != http.StatusOK {
		t.Errorf("alive, though not ready: %s", res.Status)
	}
}

func TestTheUIsFiles(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct {
		path, body, cache string
		status            int
	}{
		{"/", "the page", "no-cache", 200},
		{"/rooms/lobby", "the page", "no-cache", 200},
		{"/assets/app.js", "the script", "public, max-age=31536000, immutable", 200},
		{"/favicon.svg", "<svg/>", "no-cache", 200},
		{"/assets/", "", "no-store", 404},
		{"/assets/gone.js", "", "no-store", 404},
		{"/nowhere", "", "no-store", 404},
		{"/openapi.json", `"openapi"`, "", 200},
		{"/ws", "socket", "", 200},
	} {
		res, body := s.do(t, "GET", test.path, "", nil)
		if res.StatusCode != test.status || !strings.Contains(body, test.body) || res.Header.Get("Cache-Control") != test.cache {
			t.Errorf("%s: %s, cache %q, %.60s", test.path, res.Status, res.Header.Get("Cache-Control"), body)
		}
	}
	if res, _ := s.do(t, "GET", "/", "", nil); !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Error("the page has no policy")
	}
}

// Any web page can make a browser send requests to a hub on loopback.
func TestTheGuard(t *testing.T) {
	s := newServer(t)
	own := strings.TrimPrefix(s.URL, "http://")
	for _, test := range []struct {
		name, method, host, origin, site string
		upgrade                          bool
		want                             int
	}{
		{"a program", "POST", own, "", "", false, 201},
		{"the hub's page", "POST", own, s.URL, "same-origin", false, 201},
		{"the hub's page by a name in the config", "POST", "chat.example", "https://chat.example", "same-origin", false, 201},
		{"by localhost", "POST", "localhost:8080", "http://localhost:8080", "", false, 201},
		{"another site's page", "POST", own, "https://evil.example", "cross-site", false, 403},
		{"a sandboxed page", "POST", own, "null", "cross-site", false, 403},
		{"another port's page", "POST", own, "http://127.0.0.1:1", "same-site", false, 403},
		{"another site's form without origin", "POST", own, "", "cross-site", false, 403},
		{"another site's socket", "GET", own, "https://evil.example", "", true, 403},
		{"a name that was pointed here", "GET", "evil.example", "", "", false, 421},
		{"a name that was pointed here, changing", "POST", "evil.example", "http://evil.example", "same-origin", false, 421},
	} {
		path := "/api/v1/rooms/lobby/messages?name=ada"
		if test.method == "GET" {
			path = "/ws"
		}
		res, body := s.do(t, test.method, path, `{"text":"hi"}`, func(r *http.Request) {
			r.Host = test.host
			r.Header.Set("Content-Type", "application/json")
			for key, value := range map[string]string{"Origin": test.origin, "Sec-Fetch-Site": test.site} {
				if value != "" {
					r.Header.Set(key, value)
				}
			}
			if test.upgrade {
				r.Header.Set("Connection", "Upgrade")
				r.Header.Set("Upgrade", "websocket")
			}
		})
		if res.StatusCode != test.want {
			t.Errorf("%s: %s %s, want %d", test.name, res.Status, body, test.want)
		}
	}
}

func TestRemoteAddr(t *testing.T) {
	proxies := httpapi.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	for _, test := range []struct {
		remote string
		hops   []string
		want   string
	}{
		{"192.0.2.1:5", nil, "192.0.2.1:5"},
		{"192.0.2.1:5", []string{"198.51.100.1"}, "192.0.2.1:5"}, // not a proxy: may say what it likes
		{"127.0.0.1:5", []string{"198.51.100.1"}, "198.51.100.1:0"},
		{"127.0.0.1:5", []string{"6.6.6.6, 198.51.100.1", "10.1.1.1"}, "198.51.100.1:0"},
		{"127.0.0.1:5", []string{"6.6.6.6, junk"}, "127.0.0.1:5"},
		{"127.0.0.1:5", nil, "127.0.0.1:5"},
	} {
		r := &http.Request{RemoteAddr: test.remote, Header: http.Header{"X-Forwarded-For": test.hops}}
		if got := proxies.RemoteAddr(r).String(); got != test.want {
			t.Errorf("%s by %v: %s, want %s", test.remote, test.hops, got, test.want)
		}
	}
}
