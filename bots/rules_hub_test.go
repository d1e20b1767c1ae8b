package bots

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// start runs bots by their files, whose names are their ids.
func (r *rig) startFiles(files map[string]string) *Runner {
	r.Helper()
	var defs []*Definition
	for id, body := range files {
		d, err := Parse(id+".yaml", []byte(body))
		if err != nil {
			r.Fatal(err)
		}
		defs = append(defs, d)
	}
	runner, err := Start(r.Context(), r.hub, r.store, defs, Options{Logger: slog.New(slog.NewTextHandler(r.logs, nil))})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(runner.Close)
	return runner
}

// Two bots that hear each other stop at some time, and begin again when somebody
// else has spoken.
func TestBotsThatHearBotsDoNotTalkForEver(t *testing.T) {
	r := newRig(t)
	bot := "name: B\nrooms: [lobby]\nhear_bots: true\nrules: [{words: hi, reply: hi}]\n"
	runner := r.startFiles(map[string]string{"one": bot, "two": bot})
	w := r.watch()
	const each = 2 * (1 + maxBotTurns) // each answers the person, and so many messages of the other
	for range 2 {
		r.say("hi")
		await(t, w, each)
	}
	runner.Close()
	if got := r.answers(); len(got) != 2*each {
		t.Errorf("%d answers, want %d", len(got), 2*each)
	}
	if !strings.Contains(r.logs.String(), "bots talk to each other") {
		t.Errorf("log %s", r.logs)
	}
}

// A press goes to the bot whose message has the button, and to no other.
func TestPressesGoToWhoseButtonItIs(t *testing.T) {
	r := newRig(t)
	bot := "name: B\nrooms: [lobby]\nrules: [{command: /%, reply: which, buttons: [yes]}, {pressed: yes, reply: '% heard ${user.name}', react: 👍, edit: done}]\n"
	runner := r.startFiles(map[string]string{"one": strings.ReplaceAll(bot, "%", "one"), "two": strings.ReplaceAll(bot, "%", "two")})
	w := r.watch()
	r.say("/two")
	await(t, w, 1)
	log := r.log()
	press := func(target string) {
		t.Helper()
		ada := &hub.Scope{ID: hub.NewID(), User: hub.User{ID: "ada", Name: "Ada", Kind: hub.Person}}
		done := make(chan error, 1)
		r.hub.Publish(t.Context(), ada, &hub.Event{
			Type: hub.TypePressButton, Room: "lobby", Target: target, Detail: &hub.Press{Action: "yes", Of: "bot:one"},
		}, func(_ *hub.Entry, err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	press(log[len(log)-1].Event.ID)
	for heard := ""; heard != "two heard Ada"; {
		heard = await(t, w, 1)[0]
	}
	runner.Close()
	var kinds []string
	for _, e := range r.log() {
		kinds = append(kinds, strings.TrimPrefix(e.Event.Type, "chat.")+" "+e.Event.From.ID)
	}
	want := []string{
		"received_message ada", "received_message bot:two", "pressed_button ada",
		"received_message bot:two", "reacted bot:two", "edited_message bot:two",
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("the log has %q, want %q", kinds, want)
	}
}

// A reaction to a message that is gone when it is committed is left out, and what the
// bot says beside it is said.
func TestAReactionToWhatIsGoneIsLeftOut(t *testing.T) {
	r := newRig(t)
	var gone atomic.Bool
	bot := testBot("b", func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return hub.ConsumerFunc(func(_ context.Context, e hub.Event) error {
			if e.Type != hub.TypeReceivedMessage {
				return nil
			}
			if !gone.Swap(true) { // it is deleted while the bot thinks
				done := make(chan error, 1)
				r.hub.Publish(context.Background(), &hub.Scope{ID: "s", User: hub.User{ID: "ada", Name: "Ada", Kind: hub.Person}},
					&hub.Event{Type: hub.TypeDeleteMessage, Room: "lobby", Target: e.ID}, func(_ *hub.Entry, err error) { done <- err })
				if err := <-done; err != nil {
					return err
				}
			}
			return errors.Join(
				out.Send(hub.Event{Type: hub.TypeReact, Target: e.ID, Detail: &hub.Reaction{Emoji: "👍"}}),
				out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "re " + e.Text}),
			)
		}), nil
	})
	runner := r.run(0, bot)
	w := r.watch()
	r.say("one", "two")
	if got, want := await(t, w, 3), []string{"re one", "", "re two"}; !slices.Equal(got, want) { // the reaction has no text
		t.Errorf("got %q, want %q", got, want)
	}
	runner.Close()
	reacted := 0
	for _, e := range r.log() {
		if e.Event.Type == hub.TypeReacted {
			reacted++
		}
	}
	if b := r.bookmark("b"); reacted != 1 || b.Seq < 2 {
		t.Errorf("%d reactions, bookmark %+v", reacted, b)
	}
}

// What a bot says to the end of a conversation when the hub stops is said, and what it
// sets then is kept.
func TestStoppingTellsConversations(t *testing.T) {
	r := newRig(t)
	file := map[string]string{"b": `
name: B
rooms: [lobby]
variables: {stops: 0}
rules:
  - closed: "${user.name}: ${reason}"
    set: {stops: "${stops + 1}"}
  - words: stops
    reply: "${stops}"
`}
	w := r.watch()
	for i, want := range [][]string{{"0", "Ada: restart"}, {"1", "Ada: restart"}, {"2", "Ada: restart"}} {
		runner := r.startFiles(file)
		r.say("stops?")
		got := await(t, w, 1)
		runner.Close()
		if got = append(got, await(t, w, 1)...); !slices.Equal(got, want) {
			t.Errorf("time %d: got %q, want %q", i, got, want)
		}
	}
}

// unreadableStore cannot read what conversations keep, for some times.
type unreadableStore struct {
	hub.Store
	failures atomic.Int32
}

func (s *unreadableStore) State(ctx context.Context, key string) ([]byte, error) {
	if strings.HasPrefix(key, "bots/b/user/") && s.failures.Add(-1) >= 0 {
		return nil, errors.New("the disk fails")
	}
	return s.Store.State(ctx, key)
}

// Where what a conversation keeps cannot be read, its event waits until it can.
func TestWhatCannotBeReadIsAwaited(t *testing.T) {
	r := newRig(t)
	store := &unreadableStore{Store: r.store}
	store.failures.Store(2)
	w := r.watch()
	runner, err := StartBots(t.Context(), r.hub, store, []Bot{testBot("b", counter)}, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	r.say("a", "b")
	if got, want := await(t, w, 2), []string{"1 a", "2 b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The wheel finds each conversation when its time has come, whether that is soon or
// many rounds away, and however often it was used meanwhile.
func TestTheWheel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(d time.Duration) {
			time.Sleep(d) //nolint:forbidigo // synctest
			synctest.Wait()
		}
		for _, idle := range []time.Duration{time.Second, time.Minute, wheelTick * wheelSlots, 3*wheelTick*wheelSlots + 7*time.Second} {
			p := &probe{}
			cs, _ := testConversations(t, p)
			cs.bot.Idle = idle
			say(t, cs, "u1", "a")
			say(t, cs, "u2", "b")
			wait(idle / 2)
			say(t, cs, "u1", "c")
			p.taken()
			wait(idle/2 - 1)
			wantNotes(t, p)
			wait(1 + wheelTick)
			wantNotes(t, p, "u2 is idle", "close u2 false")
			wait(idle/2 - 2*wheelTick)
			wantNotes(t, p)
			wait(3 * wheelTick)
			wantNotes(t, p, "u1 is idle", "close u1 false")
			if cs.count() != 0 || cs.wheel.count != 0 {
				t.Errorf("%d are open, %d in the wheel", cs.count(), cs.wheel.count)
			}
			cs.close(hub.ClosedRestart)
		}
	})
}
