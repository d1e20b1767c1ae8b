package http_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

// keeper is the rooms of a hub that there is none of.
type keeper struct{ asked string }

func (k *keeper) AllRooms(context.Context) ([]hub.RoomInfo, error) {
	return []hub.RoomInfo{{Name: "lobby", Head: 7, First: 2, Epoch: "e"}}, nil
}

func (k *keeper) Room(_ context.Context, name string) (hub.RoomInfo, hub.Present, error) {
	if name != "lobby" {
		return hub.RoomInfo{}, hub.Present{}, hub.Errorf(hub.NotFound, "There is no room %s.", name)
	}
	return hub.RoomInfo{Name: name}, hub.Present{Count: 1, Users: []hub.Participant{{ID: "1", Name: "Ada"}}}, nil
}

func (k *keeper) Trim(_ context.Context, room string, keep hub.Keep) (hub.RoomInfo, error) {
	k.asked = "trim " + room + " " + keep.Age.String()
	return hub.RoomInfo{Name: room}, nil
}

func (k *keeper) DeleteRoom(_ context.Context, room string) error {
	k.asked = "delete " + room
	return nil
}

func TestAdmin(t *testing.T) {
	k := &keeper{}
	ada := &hub.Scope{ID: "s1", Type: hub.ScopeWebSocket, Path: "/ws", User: hub.User{ID: "1", Name: "Ada", Kind: hub.Guest}, Secret: "hers",
		Remote: netip.MustParseAddrPort("192.0.2.7:4711"), Headers: http.Header{"Authorization": {"hers"}}, Opened: time.Unix(0, 0)}
	h := httpapi.Admin(httpapi.AdminOptions{Key: "key", Scopes: func() []*hub.Scope { return []*hub.Scope{ada} }, Rooms: k})
	for _, test := range []struct {
		method, path, key, body string
		status                  int
		want, asked             string
	}{
		{"GET", "/api/v1/scopes", "key", "", 200, `"remote":"192.0.2.7:4711"`, ""},
		{"GET", "/api/v1/scopes", "wrong", "", 401, "hub's operator", ""},
		{"GET", "/api/v1/scopes", "", "", 401, "hub's operator", ""},
		{"GET", "/api/v1/admin/nothing", "", "", 401, "hub's operator", ""},
		{"GET", "/api/v1/admin/nothing", "key", "", 404, `"code":"not_found"`, ""},
		{"GET", "/api/v1/admin/rooms", "key", "", 200, `{"rooms":[{"name":"lobby","head":7,"first":2,"epoch":"e"}]}`, ""},
		{"GET", "/api/v1/admin/rooms/lobby", "key", "", 200, `"present":{"count":1,`, ""},
		{"GET", "/api/v1/admin/rooms/attic", "key", "", 404, "There is no room attic.", ""},
		{"POST", "/api/v1/admin/rooms/lobby/trim", "key", `{"seconds":3600}`, 200, `"name":"lobby"`, "trim lobby 1h0m0s"},
		{"POST", "/api/v1/admin/rooms/lobby/trim", "key", `{}`, 400, "Say what is kept", ""},
		{"POST", "/api/v1/admin/rooms/lobby/trim", "key", `{"events":-1}`, 400, "Say what is kept", ""},
		{"DELETE", "/api/v1/admin/rooms/lobby", "key", "", 204, "", "delete lobby"},
		{"DELETE", "/api/v1/admin/rooms/lobby", "", "", 401, "hub's operator", ""},
		{"PUT", "/api/v1/admin/rooms/lobby", "key", "", 405, "This address allows", ""},
	} {
		k.asked = ""
		r := httptest.NewRequestWithContext(t.Context(), test.method, test.path, strings.NewReader(test.body))
		if test.key != "" {
			r.Header.Set("Authorization", "Bearer "+test.key)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		body := w.Body.String()
		if w.Code != test.status || !strings.Contains(body, test.want) || k.asked != test.asked || strings.Contains(body, "hers") {
			t.Errorf("%s %s: %d %s, asked %q", test.method, test.path, w.Code, body, k.asked)
		}
		if test.status != http.StatusNoContent && !json.Valid([]byte(body)) {
			t.Errorf("%s %s: no JSON: %s", test.method, test.path, body)
		}
	}
}
