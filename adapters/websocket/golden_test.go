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
	layer := hub.NewMemoryLayer()
	h, _, url := newChatOn(t, layer, hub.Options{
		Policy: func(room string) hub.Policy { return hub.Policy{Ephemeral: room == "raw"} },
	}, websocket.Options{})
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

	ada.changes()
	ada.others(h, url)
	ada.ephemeral(layer)

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

// changes records what can be done with a message, and how it stands then.
func (r *recorder) changes() {
	r.t.Helper()
	r.expect("", hub.TypeSentMessage,
		`{"type":"chat.send_message","room":"lobby","ref":"r3","text":"tea?","buttons":[{"action":"yes","label":"Yes"},{"action":"no","label":"No"}]}`)
	id := r.last.ID
	about := func(typ, rest string) string {
		return fmt.Sprintf(`{"type":%q,"room":"lobby","target":%q,%s}`, typ, id, rest)
	}
	r.expect("ok", hub.TypeOK, about(hub.TypeEditMessage, `"ref":"e1","text":"tea or coffee?"`))
	r.expect("chat.edited_message", hub.TypeEditedMessage, ``)
	r.expect("chat.reacted", hub.TypeReacted, about(hub.TypeReact, `"ref":"e2","emoji":"👍"`))
	r.expect("", hub.TypeReacted, about(hub.TypeReact, `"ref":"e3","emoji":"🫖"`))
	r.expect("chat.reacted taken back", hub.TypeReacted, about(hub.TypeReact, `"ref":"e4","emoji":"🫖","remove":true`))
	r.expect("chat.pressed_button", hub.TypePressedButton, about(hub.TypePressButton, `"ref":"e5","action":"yes"`))
	r.expect("", hub.TypeEditedMessage, about(hub.TypeEditMessage, `"ref":"e6","text":"tea, coffee?"`))
	r.expect("room.history with a message as it stands, and what is superseded", hub.TypeRoomHistory,
		`{"type":"room.history","room":"lobby","ref":"h2","after":1,"limit":50}`)
	r.expect("chat.deleted_message", hub.TypeDeletedMessage, about(hub.TypeDeleteMessage, `"ref":"e7"`))
	r.expect("room.history with a deleted message", hub.TypeRoomHistory,
		`{"type":"room.history","room":"lobby","ref":"h3","after":1,"limit":1}`)
	r.expect("error of a change", hub.TypeError, about(hub.TypeEditMessage, `"ref":"e8","text":"too late"`))
}

// others records what else a participant is told: who is a member, who writes,
// who has read how far, and where rooms stand that are not joined.
func (r *recorder) others(h *hub.Hub, url string) {
	r.t.Helper()
	bob := r.listen(dial(r.t, url+"?name=Bob"))
	r.expect("room.members", hub.TypeRoomMembers, `{"type":"room.members","room":"lobby","ref":"m1","after":"id-Ad","limit":1}`)
	h.Offer(&hub.Scope{Type: hub.ScopeChat, Via: "bot", User: hub.User{ID: "bot:dice", Name: "Dice", Kind: hub.Bot}}, []string{"lobby"}, []hub.Command{
		{Command: "/roll", Usage: "/roll"}, {Command: "/dice", Usage: "/dice [sides]", About: "Throws a die."},
	})
	r.expect("room.commands", hub.TypeRoomCommands, `{"type":"room.commands","room":"lobby","ref":"c1"}`)
	bob.expect("", hub.TypeRoomJoined, `{"type":"room.join","room":"lobby"}`)
	bob.say(`{"type":"chat.typing","room":"lobby"}`)
	r.expect("chat.typing", hub.TypeTyping, ``)
	bob.say(`{"type":"chat.mark_read","room":"lobby","seq":3}`)
	r.expect("chat.read", hub.TypeRead, ``)
	r.listen(dial(r.t, url+"?name=Ada")).expect("", hub.TypeRoomJoined, `{"type":"room.join","room":"attic"}`)
	r.told("member.changed", hub.TypeMemberChanged, `id-Bob`)
	r.told("room.added", hub.TypeRoomAdded, `attic`)
	bob.say(`{"type":"chat.send_message","room":"attic","text":"@Ada, are you there?"}`)
	r.told("room.head", hub.TypeRoomHead, `"mentions":1`)
	if err := h.Dismiss(r.t.Context(), "attic", "id-Ada"); err != nil {
		r.t.Fatal(err)
	}
	r.expect("room.removed", hub.TypeRoomRemoved, ``)
}

// ephemeral records a room that keeps nothing, and a hole in it.
func (r *recorder) ephemeral(layer hub.Layer) {
	r.t.Helper()
	r.expect("room.joined ephemeral", hub.TypeRoomJoined, `{"type":"room.join","room":"raw","ref":"j4","limit":50}`)
	e := hub.Event{Type: hub.TypeReceivedMessage, Room: "raw", ID: hub.NewID(), Seq: 4, From: hub.Participant{ID: "id-Bob", Name: "Bob", Kind: hub.Guest}, Text: "what was before?"}
	if err := layer.Publish(r.t.Context(), "raw", hub.NewEntry(e)); err != nil {
		r.t.Fatal(err)
	}
	r.expect("room.gap", hub.TypeRoomGap, ``)
	r.expect("error in an ephemeral room", hub.TypeError, `{"type":"room.history","room":"raw","ref":"h4"}`)
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
	r.told(name, typ, "")
}

// told keeps the first frame of that type that has holds in it.
func (r *recorder) told(name, typ, holds string) {
	r.t.Helper()
	frame := r.find(typ, holds)
	if name != "" {
		r.frames = append(r.frames, goldenFrame{name, frame})
	}
}

func (r *recorder) find(typ, holds string) json.RawMessage {
	r.t.Helper()
	for i, frame := range r.early {
		if r.is(frame, typ) && bytes.Contains(frame, []byte(holds)) {
			r.early = append(r.early[:i], r.early[i+1:]...)
			return frame
		}
	}
	for {
		_, frame, err := r.ReadMessage()
		if err != nil {
			r.t.Fatalf("waiting for %s: %v", typ, err)
		}
		if r.is(frame, typ) && bytes.Contains(frame, []byte(holds)) {
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
