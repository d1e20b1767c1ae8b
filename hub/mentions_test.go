package hub_test

import (
	"testing"

	"hubbub/hub"
)

func TestMentions(t *testing.T) {
	for _, test := range []struct {
		text string
		want bool
	}{
		{"@ada", true},
		{"hi @Ada, kettle?", true},
		{"(@ADA)", true},
		{"@adam @bob and @ada", true},
		{"@01jx, look", true},
		{"ada", false},
		{"@adam", false},
		{"@ada_", false},
		{"mail@ada", false},
		{"@", false},
		{"", false},
		{"@\xff@ada", true},
	} {
		if got := hub.Mentions(test.text, "01jx", "ada"); got != test.want {
			t.Errorf("%q names ada: %v", test.text, got)
		}
	}
	if !hub.Mentions("@Zoë Lindt!", "1", "zoë lindt") || hub.Mentions("@zoë", "1", "zoë lindt") || hub.Mentions("@", "", "") {
		t.Error("a name of two words")
	}
}

// Whoever has too much to read to be counted is told of a mention all the same.
func TestAMentionAmongManyUnread(t *testing.T) {
	var u hub.Unread
	e := hub.Event{Type: hub.TypeReceivedMessage, From: hub.Participant{ID: "bob"}, Text: "hi"}
	for range 2 * hub.MaxUnread {
		u.Count(&e, "01jx", "ada")
	}
	e.Text = "@ada!"
	u.Count(&e, "01jx", "ada")
	if u.Unread != hub.MaxUnread || u.Mentions != 1 {
		t.Errorf("unread is %+v", u)
	}
}
