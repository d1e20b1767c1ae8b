package http_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hubbub/hub"
)

// call sends a request as name, and reads the answer into want's type.
func call[T any](t *testing.T, s *server, name, method, path, body string, status int) T {
	t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	res, text := s.do(t, method, path+sep+"name="+name, body, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
	})
	var got T
	if res.StatusCode != status {
		t.Fatalf("%s %s as %s: %s %s, want %d", method, path, name, res.Status, text, status)
	}
	if status != http.StatusNoContent {
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%s %s as %s: %s: %v", method, path, name, text, err)
		}
	}
	return got
}

type (
	sent struct {
		Room, ID, Ref, At string
		Seq               int64
	}
	refused struct {
		Status       int
		Code, Detail string
	}
	page struct {
		Events []hub.Event
		More   bool
	}
)

// UnmarshalJSON reads events as clients do.
func (p *page) UnmarshalJSON(b []byte) error {
	var raw struct {
		Events []json.RawMessage
		More   bool
	}
	err := json.Unmarshal(b, &raw)
	for _, body := range raw.Events {
		e, perr := hub.ParseEvent(body)
		if perr != nil {
			return perr
		}
		p.Events = append(p.Events, e)
	}
	p.More = raw.More
	return err
}

const lobby = "/api/v1/rooms/lobby"

// What may be done to a message, and how the log says so.
func TestTheLifeOfAMessage(t *testing.T) {
	s := newServer(t)
	msg := call[sent](t, s, "ada", "POST", lobby+"/messages", `{"text":"kettle?","buttons":[{"action":"yes","label":"Yes"}]}`, 201)
	at := lobby + "/messages/" + msg.ID
	emoji := "/reactions/" + url.PathEscape("👍")

	edited := call[sent](t, s, "ada", "PATCH", at, `{"text":"kettle!","ref":"e1"}`, 200)
	if edited.Seq != 2 || edited.Ref != "e1" || edited.Room != "lobby" || edited.ID == "" || len(edited.At) != len(hub.TimeLayout) {
		t.Errorf("edited: %+v", edited)
	}
	if again := call[sent](t, s, "ada", "PATCH", at, `{"text":"kettle!","ref":"e1"}`, 200); again != edited {
		t.Errorf("edited again with the same ref: %+v, want %+v", again, edited)
	}
	call[sent](t, s, "bob", "PUT", at+emoji, "", 200)
	call[sent](t, s, "bob", "PUT", at+emoji+"?ref=r1", "", 200)
	call[sent](t, s, "cas", "PUT", at+"/reactions/yes%2Fno", "", 200)
	call[sent](t, s, "cas", "DELETE", at+"/reactions/yes%2Fno", "", 200)
	call[sent](t, s, "bob", "POST", at+"/presses", `{"action":"yes"}`, 201)

	now := call[page](t, s, "bob", "GET", lobby+"/messages?after=0&limit=1", "", 200).Events[0]
	standing, ok := now.Detail.(*hub.Standing)
	if !ok || now.Text != "kettle!" || len(standing.Reactions) != 1 || standing.Reactions[0].Emoji != "👍" ||
		len(standing.Reactions[0].Users) != 1 || standing.Edited != 2 {
		t.Errorf("the message stands as %+v %+v", now, now.Detail)
	}
	call[sent](t, s, "ada", "DELETE", at+"?ref=d1", "", 200)
	all := call[page](t, s, "bob", "GET", lobby+"/messages?after=0", "", 200)
	var types []string
	for i, e := range all.Events {
		if types = append(types, e.Type); e.Seq != int64(i+1) {
			t.Errorf("event %d has seq %d", i+1, e.Seq)
		}
	}
	if got, want := strings.Join(types, " "), strings.Join([]string{
		hub.TypeReceivedMessage, hub.TypeEditedMessage, hub.TypeReacted, hub.TypeReacted, hub.TypeReacted, hub.TypeReacted,
		hub.TypePressedButton, hub.TypeDeletedMessage,
	}, " "); got != want {
		t.Errorf("the log has %s, want %s", got, want)
	}
	if d, ok := all.Events[0].Detail.(*hub.Standing); !ok || !d.Deleted || all.Events[0].Text != "" {
		t.Errorf("the deleted message stands as %+v", all.Events[0])
	}

	for name, r := range map[string]struct {
		who, method, path, body string
		status                  int
		code                    hub.Code
	}{
		"another's message":     {"bob", "PATCH", at, `{"text":"no"}`, 409, hub.Conflict}, // it is deleted
		"no message":            {"ada", "DELETE", lobby + "/messages/nothing", "", 404, hub.NotFound},
		"no text":               {"ada", "PATCH", at, `{"text":""}`, 400, hub.Invalid},
		"no body":               {"ada", "PATCH", at, ``, 400, hub.Invalid},
		"text of another type":  {"ada", "PATCH", at, `{"text":7}`, 400, hub.Invalid},
		"a reaction of spaces":  {"ada", "PUT", at + "/reactions/a%20b", "", 400, hub.Invalid},
		"no such button":        {"ada", "POST", at + "/presses", `{"action":"no"}`, 409, hub.Conflict},
		"a room that is absent": {"ada", "PATCH", "/api/v1/rooms/attic/messages/x", `{"text":"no"}`, 404, hub.NotFound},
		"a ref used otherwise":  {"ada", "PATCH", at, `{"text":"other","ref":"e1"}`, 409, hub.Conflict},
	} {
		if p := call[refused](t, s, r.who, r.method, r.path, r.body, r.status); p.Code != string(r.code) || p.Detail == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	other := call[sent](t, s, "ada", "POST", lobby+"/messages", `{"text":"mine"}`, 201)
	if p := call[refused](t, s, "bob", "DELETE", lobby+"/messages/"+other.ID, "", 403); p.Code != string(hub.Forbidden) {
		t.Errorf("deleting another's message: %+v", p)
	}
}

type listed struct {
	Rooms []hub.RoomSummary
	More  bool
}

// What a room's bots answer to.
func TestCommands(t *testing.T) {
	s := newServer(t)
	type listed struct{ Commands []hub.Command }
	call[sent](t, s, "ada", "POST", lobby+"/messages", `{"text":"hi"}`, 201)
	if none := call[listed](t, s, "ada", "GET", lobby+"/commands", "", 200); none.Commands == nil || len(none.Commands) != 0 {
		t.Errorf("a room without bots: %+v", none)
	}
	bot := &hub.Scope{Type: hub.ScopeChat, Via: "bot", User: hub.User{ID: "bot:dice", Name: "Dice", Kind: hub.Bot}}
	dice := hub.Command{Command: "/dice", Usage: "/dice [sides]", About: "Throws a die.", Bot: bot.Participant()}
	s.hub.Offer(bot, []string{"lobby"}, []hub.Command{dice})
	if got := call[listed](t, s, "ada", "GET", lobby+"/commands", "", 200); len(got.Commands) != 1 || got.Commands[0] != dice {
		t.Errorf("got %+v", got)
	}
	if p := call[refused](t, s, "ada", "GET", "/api/v1/rooms/attic/commands", "", 404); p.Code != string(hub.NotFound) {
		t.Errorf("a room that is absent: %+v", p)
	}
}

// Rooms, their members, and how far they have read.
func TestRoomsAndMembers(t *testing.T) {
	s := newServer(t)
	if all := call[listed](t, s, "ada", "GET", "/api/v1/rooms", "", 200); all.Rooms == nil || len(all.Rooms) != 0 || all.More {
		t.Errorf("a new hub has rooms: %+v", all)
	}
	for _, room := range []string{"garden", "lobby", "raw.wind"} {
		call[sent](t, s, "ada", "POST", "/api/v1/rooms/"+room+"/messages", `{"text":"hi bob"}`, 201)
		call[sent](t, s, "ada", "POST", "/api/v1/rooms/"+room+"/messages", `{"text":"@bob: kettle?"}`, 201)
	}
	call[sent](t, s, "bob", "POST", lobby+"/messages", `{"text":"yes"}`, 201)

	first := call[listed](t, s, "bob", "GET", "/api/v1/rooms?limit=2", "", 200)
	rest := call[listed](t, s, "bob", "GET", "/api/v1/rooms?after=lobby", "", 200)
	if len(first.Rooms) != 2 || !first.More || len(rest.Rooms) != 1 || rest.More {
		t.Fatalf("pages: %+v, %+v", first, rest)
	}
	if g := first.Rooms[0]; g.Name != "garden" || g.Head != 2 || g.First != 1 || g.Epoch == "" || g.Member || g.Unread != 0 {
		t.Errorf("a room that bob is no member of: %+v", g)
	}
	if l := first.Rooms[1]; l.Name != "lobby" || l.Head != 3 || !l.Member || l.Unread != 2 || l.Mentions != 1 {
		t.Errorf("a room that bob is a member of: %+v", l)
	}
	if r := rest.Rooms[0]; r.Name != "raw.wind" || r.Head != 2 || r.First != 3 || !r.Ephemeral || r.Epoch == "" {
		t.Errorf("a room without a log: %+v", r)
	}

	call[struct{}](t, s, "bob", "PUT", lobby+"/read", `{"seq":1}`, 204)
	one := call[hub.RoomSummary](t, s, "bob", "GET", lobby, "", 200)
	if one.Name != "lobby" || one.Read != 1 || one.Unread != 1 {
		t.Errorf("having read 1, bob's room: %+v", one)
	}
	members := call[hub.MemberPage](t, s, "bob", "GET", lobby+"/members?limit=1", "", 200)
	if len(members.Members) != 1 || members.Members[0].ID != "id-ada" || !members.More {
		t.Errorf("members: %+v", members)
	}
	members = call[hub.MemberPage](t, s, "bob", "GET", lobby+"/members?after=id-ada", "", 200)
	if len(members.Members) != 1 || members.Members[0].Read != 1 || members.More {
		t.Errorf("members after ada: %+v", members)
	}

	for _, r := range []struct {
		method, path, body string
		status             int
		code               hub.Code
	}{
		{"GET", "/api/v1/rooms/attic", "", 404, hub.NotFound},
		{"GET", "/api/v1/rooms/NO", "", 400, hub.Invalid},
		{"GET", "/api/v1/rooms/dm.a.b", "", 403, hub.Forbidden},
		{"GET", "/api/v1/rooms?limit=x", "", 400, hub.Invalid},
		{"GET", "/api/v1/rooms/attic/members", "", 404, hub.NotFound},
		{"PUT", lobby + "/read", `{"seq":0}`, 400, hub.Invalid},
		{"PUT", lobby + "/read", `{}`, 400, hub.Invalid},
		{"PUT", "/api/v1/rooms/raw.wind/read", `{"seq":1}`, 400, hub.Invalid},
		{"GET", "/api/v1/rooms/raw.wind/messages", "", 400, hub.Invalid},
		{"POST", lobby, "", 405, hub.Invalid},
		{"GET", "/api/v1/nothing", "", 404, hub.NotFound},
	} {
		if p := call[refused](t, s, "bob", r.method, r.path, r.body, r.status); p.Code != string(r.code) || p.Status != r.status || p.Detail == "" {
			t.Errorf("%s %s: %+v", r.method, r.path, p)
		}
	}
}

// The description names every operation, with an example for all that is sent
// and answered.
func TestTheDescription(t *testing.T) {
	s := newServer(t)
	_, body := s.do(t, "GET", "/openapi.json", "", nil)
	var doc struct {
		Paths map[string]map[string]struct {
			Summary    string
			Parameters []struct {
				Name, Description string
			}
			Responses map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range map[string]string{
		"/api/v1/rooms":                                        "get",
		"/api/v1/rooms/{room}":                                 "get",
		"/api/v1/rooms/{room}/members":                         "get",
		"/api/v1/rooms/{room}/read":                            "put",
		"/api/v1/rooms/{room}/messages":                        "get post",
		"/api/v1/rooms/{room}/messages/{id}":                   "patch delete",
		"/api/v1/rooms/{room}/messages/{id}/reactions/{emoji}": "put delete",
		"/api/v1/rooms/{room}/messages/{id}/presses":           "post",
		"/api/v1/session":                                      "get post",
	} {
		for method := range strings.FieldsSeq(methods) {
			op, ok := doc.Paths[path][method]
			if !ok || op.Summary == "" || op.Responses["default"] == nil && len(op.Responses) < 2 {
				t.Errorf("%s %s is described as %+v", method, path, op)
			}
			for _, p := range op.Parameters {
				if p.Description == "" {
					t.Errorf("%s %s: the parameter %s is not described", method, path, p.Name)
				}
			}
		}
	}
	for _, want := range []string{`"Event":`, `"code"`, `"bearer"`, `"example`, "kettle?"} {
		if !strings.Contains(body, want) {
			t.Errorf("the description lacks %s", want)
		}
	}
}
