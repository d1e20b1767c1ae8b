package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

func TestMetricsAreForThisMachine(t *testing.T) {
	reg := newRegistry()
	app := middleware.Metrics(reg)(closed(nil))
	if _, err := app(t.Context(), &hub.Scope{Type: hub.ScopeMQTT, User: hub.User{Kind: hub.Device}}, nil); err == nil {
		t.Fatal("not refused")
	}
	for _, test := range []struct {
		from, header string
		status       int
	}{
		{"127.0.0.1:1", "", http.StatusOK},
		{"[::1]:1", "", http.StatusOK},
		{"[::ffff:127.0.0.1]:1", "", http.StatusOK},
		{"192.0.2.1:1", "", http.StatusForbidden},
		{"@", "", http.StatusForbidden},
		{"127.0.0.1:1", "X-Forwarded-For", http.StatusForbidden},
		{"127.0.0.1:1", "Via", http.StatusForbidden},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
		r.RemoteAddr = test.from
		if test.header != "" {
			r.Header.Set(test.header, "127.0.0.1")
		}
		w := httptest.NewRecorder()
		metricsOf(reg).ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("from %s, %s: %d, want %d", test.from, test.header, w.Code, test.status)
		}
		served := strings.Contains(w.Body.String(), `hubbub_scopes_refused_total{code="unauthorized",scope="mqtt"} 1`) &&
			strings.Contains(w.Body.String(), "go_goroutines")
		if served != (test.status == http.StatusOK) {
			t.Errorf("from %s, %s: served %s", test.from, test.header, w.Body)
		}
		if !served && (w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), `"code":"forbidden"`)) {
			t.Errorf("from %s, %s: refused with %v %s", test.from, test.header, w.Header(), w.Body)
		}
	}
}

// The metrics are read, and nothing else is done with them.
func TestMetricsAreRead(t *testing.T) {
	p := start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0")
	defer http.DefaultClient.CloseIdleConnections()
	for method, want := range map[string]int{
		http.MethodGet: http.StatusOK, http.MethodHead: http.StatusOK, http.MethodPut: http.StatusMethodNotAllowed, http.MethodPost: http.StatusMethodNotAllowed,
	} {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.http+"/metrics", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		h := res.Header
		if res.StatusCode != want || want != http.StatusOK && (h.Get("Allow") != "GET, HEAD" || h.Get("Content-Type") != "application/problem+json") {
			t.Errorf("%s: %s %v", method, res.Status, h)
		}
	}
}

var sample = regexp.MustCompile(`^([a-z_]+(?:\{[^}]*\})?) (\S+)$`)

// scrape returns what /metrics says, by name and labels, as it is written there.
func (p *process) scrape(t *testing.T) map[string]float64 {
	t.Helper()
	res, err := http.Get("http://" + p.http + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	all := make(map[string]float64)
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if found := sample.FindStringSubmatch(lines.Text()); found != nil {
			if all[found[1]], err = strconv.ParseFloat(found[2], 64); err != nil {
				t.Error(err)
			}
		}
	}
	return all
}

// The metrics of README.md's table are there, and say what happened.
func TestMetricsOfAHub(t *testing.T) {
	bots := t.TempDir()
	bot := "name: Echo\nrooms: [lobby]\nrules:\n  - match: hello\n    reply: Hello!\n"
	if err := os.WriteFile(filepath.Join(bots, "echo.yaml"), []byte(bot), 0o600); err != nil {
		t.Fatal(err)
	}
	secure := startTLS(t, "HUBBUB_HTTP_TLS_REDIRECT=false", "HUBBUB_BOTS="+bots)
	d := &doors{T: t, process: secure.process, tls: secure}
	d.say("first") // so that the room is there
	var all []*following
	for i := range receivers {
		if r := &receivers[i]; r.name != "command line" && !strings.Contains(r.name, " over ") { // one of each kind
			all = append(all, d.follow(r, place{since: 1}, nil))
		}
	}
	if err := d.sayByBot([]string{"1 by bot", "2 by bot"}); err != nil {
		t.Fatal(err)
	}
	if err := d.sayByMQTT("tcp://"+d.mqtt, []string{"by MQTT"}); err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		f.await(d.messages())
	}
	c := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + d.mqtt).SetClientID("plain"))
	heard := make(chan struct{}, 1)
	for _, token := range []func() paho.Token{
		c.Connect,
		func() paho.Token {
			return c.Subscribe("plain/#", 1, func(paho.Client, paho.Message) { heard <- struct{}{} })
		},
		func() paho.Token { return c.Publish("plain/x", 1, true, "hello") },
	} {
		if token := token(); token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	<-heard
	defer c.Disconnect(100)
	if res, err := http.Post("http://"+d.http+"/api/v1/rooms/Lobby/messages?name=x", "application/json", strings.NewReader(`{"text":"x"}`)); err != nil || res.Body.Close() != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		`hubbub_scopes_open{scope="websocket"}`:                       1,
		`hubbub_scopes_open{scope="mqtt"}`:                            4,
		`hubbub_events_total{event="chat.send_message",scope="mqtt"}`: 1,
		`hubbub_rooms`: 1,
		`hubbub_room_events_total{event="chat.received_message"}`: 6,
		`hubbub_room_events_total{event="chat.edited_message"}`:   0,
		`hubbub_room_events_refused_total{code="invalid"}`:        1,
		`hubbub_delivered_events_total{format="mqtt-text"}`:       5,
		`hubbub_delivered_events_total{format="bot"}`:             6,
		`hubbub_readers_behind{where="waiting"}`:                  0,
		`hubbub_readers_behind{where="log"}`:                      0,
		`hubbub_readers_lag_bytes`:                                0,
		`hubbub_readers_worst_lag_bytes`:                          0,
		`hubbub_store_commit_events_sum`:                          6,
		`hubbub_store_commits_failed_total`:                       0,
		`hubbub_bots`:                                             1,
		`hubbub_bot_conversations`:                                4,
		`hubbub_bot_answers_total{outcome="published"}`:           2,
		`hubbub_bot_answers_total{outcome="refused"}`:             0,
		`hubbub_bot_failures_total`:                               0,
		`hubbub_mqtt_slow_total`:                                  0,
		`hubbub_mqtt_messages_received_total`:                     1,
		`hubbub_mqtt_messages_delivered_total`:                    1,
		`hubbub_mqtt_subscriptions`:                               1,
		`hubbub_mqtt_retained`:                                    1,
		`hubbub_mqtt_refused_total{packet="publish"}`:             0,
		`hubbub_mqtt_refused_total{packet="too_large"}`:           0,
		`hubbub_channel_drops_total{reason="full"}`:               0,
		`hubbub_connects_refused_total`:                           0,
		`hubbub_frames_limit_bytes`:                               64 << 20,
	}
	got := d.scrape(t)
	differ := func() (wrong []string) {
		for name, value := range want {
			if is, there := got[name]; !there || is != value {
				wrong = append(wrong, fmt.Sprintf("%s is %v (there: %v), want %v", name, is, there, value))
			}
		}
		return wrong
	}
	// What was taken is counted a moment after it arrived.
	for deadline := time.Now().Add(10 * time.Second); differ() != nil && time.Now().Before(deadline); {
		got = d.scrape(t)
	}
	for _, wrong := range differ() {
		t.Error(wrong)
	}
	if got[`hubbub_store_commit_events_bucket{le="+Inf"}`] != got["hubbub_store_commit_seconds_count"] {
		t.Error("the histograms count other commits")
	}
	for _, name := range []string{"hubbub_frames_bytes", "hubbub_store_commit_seconds_sum", `hubbub_delivered_bytes_total{format="websocket"}`} {
		if got[name] <= 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	documented(t, got)
	for _, f := range all {
		f.end()
	}
}

// documented fails unless README.md has the names of all metrics of ours.
func documented(t *testing.T, got map[string]float64) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range got {
		name, _, _ = strings.Cut(name, "{")
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		if strings.HasPrefix(name, "hubbub_") && !strings.Contains(string(readme), "`"+strings.TrimPrefix(name, "hubbub_")) {
			t.Errorf("README.md does not tell of %s", name)
		}
	}
}
