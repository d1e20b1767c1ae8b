package bots

import (
	"testing"
	"time"

	"hubbub/hub"
)

// A bot whose room is deleted listens in the next one by that name, and answers
// there what it is asked, restarts included.
func TestARoomIsDeletedAndMadeAgain(t *testing.T) {
	r := newRig(t)
	app, _ := echo()
	bot := testBot("echo", app)
	runner := r.run(time.Second, bot)
	r.say("one", "two", "three")
	r.awaitAnswers(3)
	for range 3 {
		if err := r.hub.DeleteRoom(t.Context(), "lobby"); err != nil && hub.CodeOf(err) != hub.NotFound {
			t.Fatal(err)
		}
		r.say("four")
		r.awaitAnswers(1)
	}
	runner.Close()
	if b := r.bookmark("echo"); b.Anew || b.Epoch == "" || b.Seq > 2 {
		t.Errorf("the bookmark is %+v", b)
	}
	r.say("five")
	runner = r.run(time.Second, bot)
	r.awaitAnswers(2)
	runner.Close()
	if got := r.answers(); len(got) != 2 || got[0] != "re four" || got[1] != "re five" {
		t.Errorf("got %q", got)
	}
}
