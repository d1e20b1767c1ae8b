package hub

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// FuzzAppendCommon: what is encoded by hand is what encoding/json makes of it, to
// the byte.
func FuzzAppendCommon(f *testing.F) {
	f.Add("chat.received_message", "lobby", "ada", "", "hi", "r1", int64(7), int64(1_764_000_000_123))
	f.Add("", "", "", "", "", "", int64(0), int64(0))
	f.Add("x", "a\u2028b", "\u2029", "\x00\x1f\x7f", "<b>&\"\\/\b\f\n\r\t", "\xff\xed\xa0\x80", int64(-1), int64(-70_000_000_000_000))
	f.Add("x", "é", "日本", "🙂", "\ufffd", "e\u2027\u202a", int64(1<<62), int64(253_402_300_799_999))
	f.Fuzz(func(t *testing.T, typ, room, user, via, said, ref string, seq, at int64) {
		e := Event{
			Type: typ, Room: room, ID: ref, Seq: seq, Ref: ref, Target: user, Text: said, ReplyTo: via,
			From: Participant{ID: user, Name: said, Kind: Kind(typ), Via: via},
		}
		if at != 0 {
			e.At = time.UnixMilli(at).In(time.FixedZone("", 3600))
		}
		for _, buttons := range [][]Button{nil, {{Action: said, Label: via}}} {
			e.Buttons = buttons
			want := appendValue([]byte("before"), newWire(&e))
			if got := appendCommon([]byte("before"), &e); !bytes.Equal(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	})
}

// FuzzAppendDetail: so are the details that are.
func FuzzAppendDetail(f *testing.F) {
	f.Add("ada", "Ada", "", "e1", "m1", int64(3), int64(1), uint8(2), true)
	f.Add("", "", "", "", "", int64(0), int64(0), uint8(0), false)
	f.Add("\u2028", "<b>\"\\", "\xff", "🙂", "\x00", int64(-1), int64(1<<62), uint8(3), true)
	f.Fuzz(func(t *testing.T, id, name, via, epoch, said string, head, first int64, n uint8, yes bool) {
		p := Participant{ID: id, Name: name, Kind: Kind(said), Via: via}
		var users []Participant
		var ids []string
		var kept []Kept
		entries := []*Entry(nil)
		for range n % 4 {
			users, ids, kept = append(users, p), append(ids, id), append(kept, Kept{Ref: said, ID: id, Seq: head})
			entries = append(entries, NewEntry(Event{Type: said, Room: name, From: p, Text: said}))
		}
		if yes {
			entries = slices.Clip(append([]*Entry{}, entries...)) // none is not nil
		}
		for _, detail := range []any{
			&Opened{User: p, Guest: said},
			&Joined{Head: head, First: first, Epoch: epoch, Ephemeral: yes, Recovered: !yes, Events: entries, Present: Present{Count: int(first), Users: users}, Kept: kept},
			&History{Events: entries, More: yes},
			&PresenceChanged{Count: int(head), Joined: users, Left: ids},
			&MemberChanged{Added: users},
			&MemberChanged{Added: users, Removed: ids},
		} {
			want := appendValue([]byte("before"), detail)
			if got := appendDetail([]byte("before"), detail); !bytes.Equal(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	})
}

// FuzzParseMessage: what is parsed by hand is what encoding/json makes of it, and
// nothing that it refuses.
func FuzzParseMessage(f *testing.F) {
	for _, body := range []string{
		`{"type":"chat.send_message","room":"lobby","ref":"r1","text":"hi","reply_to":"x"}`,
		" {\t\"type\" : \"chat.send_message\" , \"text\":\"a\" , \"text\":\"b\"}\r\n",
		`{"type":"chat.send_message","text":"a\nb"}`, `{"type":"chat.send_message","text":null}`,
		`{"TYPE":"chat.send_message"}`, `{"type":"chat.send_message","Text":"x"}`, `{"type":"chat.send_message","data":1}`,
		`{"type":"chat.send_message"}{}`, `{"type":"chat.send_message",}`, `{"type":"chat.send_message"`, `{}`, `[]`,
		"{\"type\":\"chat.send_message\",\"text\":\"\xff\"}", "{\"type\":\"chat.send_message\",\"text\":\"\x01\"}",
		`{"type":"chat.send_message","text":"` + "\u2028🙂\x7f" + `"}`, `{"type":"room.join","room":"x"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := parseMessage(body)
		if !ok {
			return
		}
		want, err := parse(body, commandDetail)
		if err != nil || string(AppendJSON(nil, &got)) != string(AppendJSON(nil, &want)) || want.Detail != nil {
			t.Errorf("%q is %+v, and encoding/json says %+v, %v", body, got, want, err)
		}
	})
}

// What most clients send takes the short way.
func TestPlainMessagesAreParsedByHand(t *testing.T) {
	for _, e := range []any{
		map[string]string{"type": TypeSendMessage, "room": "lobby", "text": "hi", "ref": "r1"},
		struct {
			Type string `json:"type"`
			Text string `json:"text"`
		}{TypeSendMessage, "naïve 日本 🙂"},
	} {
		compact, _ := json.Marshal(e)
		indented, _ := json.MarshalIndent(e, "", "  ")
		for _, body := range [][]byte{compact, indented} {
			if _, ok := parseMessage(body); !ok {
				t.Errorf("%s is left to encoding/json", body)
			}
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	e := &Event{
		Type: TypeReceivedMessage, Room: "bench.kept.17", ID: NewID(), Seq: 123456, At: time.Now(), Ref: "m4x2.1a",
		From: Participant{ID: NewID(), Name: "Ada", Kind: Guest, Via: ScopeWebSocket}, Text: "a text of some usual length, as people write",
	}
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendJSON(dst[:0], e)
	}
}

func BenchmarkParseCommand(b *testing.B) {
	body := []byte(`{"type":"chat.send_message","room":"bench.kept.17","ref":"m4x2.1a","text":"a text of some usual length, as people write"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCommand(body); err != nil {
			b.Fatal(err)
		}
	}
}
