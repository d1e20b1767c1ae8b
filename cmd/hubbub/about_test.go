package main

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"testing"

	httpapi "hubbub/adapters/http"
)

// What the hub says of itself is where it listens: the page makes lines to copy of it.
func TestTheServerSaysWhereItListens(t *testing.T) {
	t.Setenv("HUBBUB_AUTH_GUESTS", "false")
	t.Setenv("HUBBUB_ROOMS_CREATE", "members")
	p := start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0")
	res, err := http.Get("http://" + p.http + "/api/v1/server")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	var got httpapi.About
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.Status, err)
	}
	if got.Guests || got.Create != "members" || got.Limits.Text != 16<<10 || got.Limits.Event != 64<<10 || len(got.MQTT) != 1 {
		t.Fatalf("%+v", got)
	}
	at := got.MQTT[0]
	if at.TLS || !at.Local || net.JoinHostPort(at.Host, strconv.Itoa(at.Port)) != p.mqtt {
		t.Errorf("%+v, want %s", at, p.mqtt)
	}
}

// A listener on all addresses has none of its own to name.
func TestListenerOf(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "[::]:0"} {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if at := listenerOf(l); at.Host != "" || at.Port == 0 || at.Local {
			t.Errorf("%s: %+v", addr, at)
		}
		_ = l.Close()
	}
}
