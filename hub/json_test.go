package hub_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"hubbub/hub"
)

func TestAppendJSON(t *testing.T) {
	since := int64(0)
	for _, test := range []struct {
		name  string
		event hub.Event
		want  string
	}{
		{"a logged message", hub.Event{
			Type: hub.TypeReceivedMessage, Room: "lobby", ID: "01j", Seq: 7, Ref: "r", Text: "<b> & \u2028", Origin: "secret", Tag: 9,
			At:   time.Date(2026, 11, 22, 13, 4, 5, 6_789_000, time.FixedZone("", 3600)),
			From: hub.Participant{ID: "u", Name: "Ada", Kind: hub.Guest, Via: "websocket"},
			Data: json.RawMessage("{\n\"a\": 1}"), Buttons: []hub.Button{{Action: "go", Label: "Go"}},
		}, `{"type":"chat.received_message","room":"lobby","id":"01j","seq":7,"at":"2026-11-22T12:04:05.006Z",` +
			`"from":{"id":"u","name":"Ada","kind":"guest","via":"websocket"},"ref":"r","text":"<b> & \u2028",` +
			`"data":{"a":1},"buttons":[{"action":"go","label":"Go"}]}`},
		{"a detail beside the common fields", hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: &hub.Join{Since: &since}},
			`{"type":"room.join","room":"lobby","since":0}`},
		{"an empty detail", hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: &hub.Join{}}, `{"type":"room.join","room":"lobby"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := hub.AppendJSON([]byte("before"), &test.event); string(got) != "before"+test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestParseEventRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"junk":             "junk",
		"an array":         "[]",
		"no type":          "{}",
		"two objects":      `{"type":"x"}{}`,
		"a wrong type":     `{"type":"chat.send_message","text":5}`,
		"a wrong detail":   `{"type":"room.join","since":"41"}`,
		"a time that none": `{"type":"x","at":"yesterday"}`,
		"broken UTF-8":     "{\"type\":\"x\",\"text\":\"\xff\"}",
		"endless nesting":  `{"type":"x","data":` + strings.Repeat("[", 100_000),
	} {
		if _, err := hub.ParseEvent([]byte(body)); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%s: %v, want %s", name, err, hub.Invalid)
		}
	}
	if e, err := hub.ParseEvent([]byte(`{"type":"chat.send_message","ref":"r1","text":5}`)); err == nil || e.Ref != "r1" {
		t.Errorf("the ref of a bad command is lost: %+v, %v", e, err)
	}
}

// What parses is written so that it parses as the same again.
func FuzzParseEvent(f *testing.F) {
	for _, body := range []string{
		`{"type":"chat.send_message","room":"lobby","ref":"r","text":"hi","data":{"a":[1,null]},"buttons":[{"action":"a","label":"b"}]}`,
		`{"type":"room.join","room":"lobby","since":0,"epoch":"e","limit":5,"refs":["a"]}`,
		`{"type":"room.joined","head":1,"events":[{"type":"chat.received_message","seq":1,"at":"2026-11-22T12:04:05.006Z"}],"present":{"count":1}}`,
		`{"type":"room.history","before":3}`, `{"type":"room.history","around":"01"}`, `{"type":"room.history","events":[],"more":true}`,
		`{"type":"presence.changed","count":1,"left":["a"]}`, `{"type":"session.opened","user":{"id":"a"}}`,
		`{"type":"error","code":"invalid","message":"no"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := hub.ParseEvent(body)
		if err != nil {
			if hub.CodeOf(err) != hub.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		written := hub.AppendJSON(nil, &e)
		if !json.Valid(written) || bytes.IndexByte(written, '\n') >= 0 {
			t.Fatalf("written as %q", written)
		}
		again, err := hub.ParseEvent(written)
		if err != nil {
			t.Fatalf("%s\nis written as %s\nwhich is refused: %v", body, written, err)
		}
		if rewritten := hub.AppendJSON(nil, &again); !reflect.DeepEqual(written, rewritten) {
			t.Fatalf("written as %s, then as %s", written, rewritten)
		}
	})
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"lobby": true, "a": true, "0.9_x-y": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "Lobby": false, ".a": false, "-a": false, "a/b": false, "a b": false, "å": false, "a\n": false, "#": false,
	} {
		if err := hub.CheckRoomName(name); (err == nil) != ok {
			t.Errorf("room %q: %v", name, err)
		}
	}
	for name, want := range map[string]string{"  Ada Holm ": "Ada Holm", "": "", " ": "", "a\x1b[2J": "", strings.Repeat("å", 64): strings.Repeat("å", 64), strings.Repeat("å", 65): ""} {
		if got, err := hub.CleanUserName(name); got != want || (err == nil) != (want != "") {
			t.Errorf("user %q: %q, %v", name, got, err)
		}
	}
}

func TestIDsAscend(t *testing.T) {
	before := hub.NewID()
	for range 10_000 {
		id := hub.NewID()
		if id <= before || len(id) != 26 || id != strings.ToLower(id) {
			t.Fatalf("%s after %s", id, before)
		}
		before = id
	}
}

// What a socket reads into its buffer is parsed there, and overwritten.
func TestACommandKeepsNothingOfItsBytes(t *testing.T) {
	for _, body := range []string{
		`{"type":"chat.send_message","room":"lobby","ref":"r1","text":"by hand"}`,
		`{"type":"chat.send_message","room":"lobby","ref":"r1","text":"\u0062y the library","data":{"a":[1,"x"]},"buttons":[{"action":"a","label":"b"}]}`,
		`{"type":"chat.react","room":"lobby","target":"t","emoji":"👍"}`,
		`{"type":"room.join","room":"lobby","epoch":"e","refs":["r1","r2"]}`,
	} {
		lent := []byte(body)
		got, err := hub.ParseCommand(lent)
		if err != nil {
			t.Fatal(err)
		}
		for i := range lent {
			lent[i] = '#'
		}
		want, _ := hub.ParseCommand([]byte(body))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s became %+v", body, got)
		}
	}
}
