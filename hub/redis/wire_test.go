package redis

import (
	"strings"
	"testing"

	"hubbub/hub"
)

func FuzzParseWire(f *testing.F) {
	id := strings.Repeat("A", idLength)
	for _, origin := range []string{"", "scope", strings.Repeat("o", 300)} {
		f.Add(string(appendWire(nil, id, hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", Text: "hi", Origin: origin}))))
	}
	f.Add("1" + id)
	f.Add("1" + id + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01{}")
	f.Add("2" + id + "\x00{}")
	f.Fuzz(func(t *testing.T, wire string) {
		e, err := parseWire(wire)
		if err != nil {
			return
		}
		from, err := sender(wire)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseWire(string(appendWire(nil, from, e)))
		if err != nil || again.Event.Origin != e.Event.Origin || string(again.JSON) != string(e.JSON) {
			t.Errorf("%q became %+v, %v", wire, again, err)
		}
	})
}
