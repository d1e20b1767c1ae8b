package websocket_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"testing"

	"hubbub/adapters/websocket"
	"hubbub/hub"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// golden is what the UI's tests parse, so that the two sides cannot drift.
const golden = "../../web/src/hub/testdata/frames.json"

type goldenFrame struct {
	Name  string          `json:"name"`
	Frame json.RawMessage `json:"frame"`
}

// The frames of a conversation with a real hub, with ids and times made the
// same at each run.
func TestGoldenFrames(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	r := &recording{ids: make(map[string]string)}
	ada := r.listen(dial(t, url+"?name=Ada"))
	ada.expect("session.opened", hub.TypeSessionOpened, ``)
	ada.expect("room.joined empty", hub.TypeRoomJoined, `{"type":"room.join","room":"lobby","ref":"j1"}`)
	ada.expect("presence.changed joined", hub.TypePresenceChanged, ``)
	ada.expect("chat.received_message", hub.TypeReceivedMessage,
		`{"type":"chat.send_message","room":"lobby","ref":"r1","text":"hi <b> & 👋","data":{"celsius":21.50},"reply_to":"m0","buttons":[{"action":"go","label":"Go"}]}`)
	ada.expect("chat.sent_message", hub.TypeSentMessage, ``)
	ada.expect("error", hub.TypeError, `{"type":"chat.send_message","room":"lobby","ref":"r1","text":"other"}`)
	ada.expect("room.history", hub.TypeRoomHistory, `{"type":"room.history","room":"lobby","ref":"h1","before":2,"limit":50}`)
	bob := r.listen(dial(t, url+"?name=Bob"))
	bob.expect("", hub.TypeRoomJoined, `{"type":"room.join","room":"lobby"}`)
	_ = bob.Close()
	ada.expect("presence.changed left", "left", ``)
	ada.expect("room.left", hub.TypeRoomLeft, `{"type":"room.leave","room":"lobby","ref":"l1"}`)
	ada.expect("room.joined fresh", hub.TypeRoomJoined, `{"type":"room.join","room":"lobby","ref":"j2","limit":50}`)
	epoch := r.last.Detail.(*hub.Joined).Epoch
	ada.expect("room.joined resumed, with what was kept", hub.TypeRoomJoined,
		fmt.Sprintf(`{"type":"room.join","room":"lobby","ref":"j3","since":0,"epoch":%q,"refs":["r1","r2"]}`, epoch))

	got, err := json.MarshalIndent(r.frames, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(r.same(got), '\n')
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the frames are others now; if that is meant: go test ./adapters/websocket -run Golden -update\n%s", got)
	}
}

// recording keeps frames by name.
type recording struct {
	frames []goldenFrame
	ids    map[string]string
	last   hub.Event
}

type recorder struct {
	*client
	*recording
	early []json.RawMessage // came before they were expected
}

func (r *recording) listen(c *client) *recorder { return &recorder{client: c, recording: r} }

// expect says something, and keeps the first frame of that type under name.
// "left" is a presence.changed that says who left.
func (r *recorder) expect(name, typ, say string) {
	r.t.Helper()
	if say != "" {
		r.say("%s", say)
	}
	frame := r.find(typ)
	if name != "" {
		r.frames = append(r.frames, goldenFrame{name, frame})
	}
}

func (r *recorder) find(typ string) json.RawMessage {
	r.t.Helper()
	for i, frame := range r.early {
		if r.is(frame, typ) {
			r.early = append(r.early[:i], r.early[i+1:]...)
			return frame
		}
	}
	for {
		_, frame, err := r.ReadMessage()
		if err != nil {
			r.t.Fatalf("waiting for %s: %v", typ, err)
		}
		if r.is(frame, typ) {
			return frame
		}
		r.early = append(r.early, frame)
	}
}

func (r *recorder) is(frame []byte, typ string) bool {
	r.t.Helper()
	e, err := hub.ParseEvent(frame)
	if err != nil {
		r.t.Fatal(err)
	}
	if typ == "left" {
		d, ok := e.Detail.(*hub.PresenceChanged)
		return ok && d.Left != nil
	}
	r.last = e
	return e.Type == typ
}

var (
	ulids = regexp.MustCompile(`"[0-7][0-9a-hjkmnp-tv-z]{25}"`)
	times = regexp.MustCompile(`"at": "[^"]+"`)
)

// same replaces what differs at each run.
func (r *recording) same(b []byte) []byte {
	b = times.ReplaceAll(b, []byte(`"at": "2026-11-22T12:00:00.000Z"`))
	return ulids.ReplaceAllFunc(b, func(id []byte) []byte {
		if r.ids[string(id)] == "" {
			r.ids[string(id)] = fmt.Sprintf(`"01jd9z%020d"`, len(r.ids)+1)
		}
		return []byte(r.ids[string(id)])
	})
}
