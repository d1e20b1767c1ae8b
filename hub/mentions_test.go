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
