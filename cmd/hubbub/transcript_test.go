package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"hubbub/hub"
)

// What a terminal shows of each kind of event, and nothing that it would obey.
func TestTranscript(t *testing.T) {
	ada, bob := hub.Participant{ID: "1", Name: "Ada"}, hub.Participant{ID: "2", Name: "Bob\x1b[2J"}
	var out bytes.Buffer
	shown := newTranscript(&out, io.Discard, false, []string{"lobby"})
	shown.day = noon.Local().Format(time.DateOnly)
	for i, test := range []struct {
		event hub.Event
		want  string
	}{
		{hub.Event{Type: hub.TypeReceivedMessage, ID: "a", From: ada, Text: "kettle?\nor tea?"}, "Ada: kettle?\n         or tea?"},
		{hub.Event{Type: hub.TypeReceivedMessage, ID: "b", From: bob, Text: "tea\x1b]0;x\a\u202e", ReplyTo: "a"}, "Bob�[2J to “kettle? or tea?”: tea�]0;x��"},
		{hub.Event{Type: hub.TypeEditedMessage, From: bob, Target: "b", Text: "coffee"}, "Bob�[2J edited “tea�]0;x��”: coffee"},
		{hub.Event{Type: hub.TypeReacted, From: ada, Target: "b", Detail: &hub.Reaction{Emoji: "👍"}}, "Ada reacted 👍 to “coffee”"},
		{hub.Event{Type: hub.TypeReacted, From: ada, Target: "b", Detail: &hub.Reaction{Emoji: "👍", Remove: true}}, "Ada took 👍 back from “coffee”"},
		{hub.Event{Type: hub.TypeDeletedMessage, From: bob, Target: "b"}, "Bob�[2J deleted a message"},
		{hub.Event{Type: hub.TypeReacted, From: ada, Target: "b", Detail: &hub.Reaction{Emoji: "?"}}, "Ada reacted ? to a message of Bob�[2J"},
		{hub.Event{Type: hub.TypeReceivedMessage, ID: "c", From: ada, Text: "again?", Buttons: []hub.Button{{Action: "y", Label: "Yes"}}}, "Ada: again? [Yes]"},
		{hub.Event{Type: hub.TypePressedButton, From: ada, Target: "z", Detail: &hub.Press{Action: "y"}}, "Ada pressed y of an earlier message"},
		{hub.Event{Type: hub.TypeReceivedMessage, ID: "d", From: ada, Data: []byte(`{ "t": 21 }`)}, `Ada: {"t":21}`},
		{hub.Event{Type: hub.TypeReceivedMessage, ID: "e", From: ada, Text: "now", Detail: &hub.Standing{
			Rev: 13, Edited: 12, Reactions: []hub.Reactions{{Emoji: "🫖", Users: []string{"1", "2"}}},
		}}, "Ada: now (edited) 🫖2"},
		{hub.Event{Type: hub.TypeEditedMessage, From: ada, Target: "e", Text: "now"}, ""}, // is in the message
		{hub.Event{Type: hub.TypeReacted, From: ada, Target: "e", Detail: &hub.Reaction{Emoji: "🫖"}}, ""},
		{hub.Event{Type: hub.TypeReacted, From: ada, Target: "e", Detail: &hub.Reaction{Emoji: "!"}}, "Ada reacted ! to “now”"},
		{hub.Event{Type: hub.TypeReceivedMessage, ID: "f", From: ada, Detail: &hub.Standing{Deleted: true}}, "Ada: (deleted)"},
		{hub.Event{Type: hub.TypeDamaged}, "an event that cannot be read: the hub's file is damaged here"},
	} {
		out.Reset()
		test.event.Seq, test.event.At = int64(i+1), noon
		if err := shown.event("lobby", hub.NewEntry(test.event)); err != nil {
			t.Fatal(err)
		}
		want := test.want
		if want != "" {
			want = noon.Local().Format(time.TimeOnly) + " " + want + "\n"
		}
		if out.String() != want {
			t.Errorf("%d: printed %q, want %q", i+1, out.String(), want)
		}
	}
}

func TestTranscriptOfRooms(t *testing.T) {
	var out bytes.Buffer
	shown := newTranscript(&out, io.Discard, true, []string{"ops", "lobby"})
	shown.day = "another"
	e := hub.Event{Type: hub.TypeReceivedMessage, ID: "a", Seq: 1, At: noon, From: hub.Participant{ID: "1", Name: "Ada"}, Text: "one\ntwo"}
	if err := errors.Join(shown.event("ops", hub.NewEntry(e)), shown.gap("lobby", hub.Gap{After: 3, Next: 7})); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 5 || !strings.Contains(lines[0], "Sunday, 22 November 2026") || !strings.Contains(lines[1], "ops  \x1b[0m") ||
		lines[2] != strings.Repeat(" ", 15)+"two" || !strings.Contains(lines[3], "3 missed: seq 4 to 6 are not kept") {
		t.Errorf("printed %q", out.String())
	}
}
