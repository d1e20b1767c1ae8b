package bots

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"hubbub/hub"
)

// counter is an application that counts what it is told in what it keeps, and
// says so. "silently" is counted without an answer.
func counter(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
	memory := out.(Memory)
	return hub.ConsumerFunc(func(ctx context.Context, e hub.Event) error {
		if e.Type != hub.TypeReceivedMessage {
			return nil
		}
		value, err := memory.Recall(ctx)
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(string(value)) // nothing is 0
		n++
		if err := memory.Keep([]byte(strconv.Itoa(n))); err != nil || e.Text == "silently" {
			return err
		}
		return out.Send(hub.Event{Type: hub.TypeSendMessage, Text: fmt.Sprint(n, " ", e.Text)})
	}), nil
}

// What a conversation keeps is part of its turns' commits: the process may die at
// each write that the bot makes, in each way, and every message counts once.
func TestDeathAtEveryWriteCountsOnce(t *testing.T) {
	said := []string{"a", "silently", "b", "c", "silently", "silently", "d", "e"}
	for _, how := range []fault{fails, lost, silent} {
		for n := 1; n <= 10; n++ {
			t.Run(fmt.Sprintf("%d at %d", how, n), func(t *testing.T) {
				r := newRig(t)
				r.run(0, testBot("b", counter)).Close() // so that it has a bookmark
				r.store.set(func(i int) fault {
					switch {
					case i < n:
						return none
					case i == n:
						return how
					default: // dead
						return fails
					}
				})
				w := r.watch()
				runner := r.run(50*time.Millisecond, testBot("b", counter))
				for i, text := range said {
					r.say(text)
					if i == 0 && n > 3 {
						await(t, w, 1)
					}
				}
				runner.Close()
				r.restart()
				w = r.watch()
				runner = r.run(0, testBot("b", counter))
				r.say("end")
				for got := ""; got != "9 end"; {
					got = await(t, w, 1)[0]
				}
				runner.Close()
				if got, want := r.answers(), []string{"1 a", "3 b", "4 c", "7 d", "8 e", "9 end"}; !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

// Conversations that two rooms share keep one count, whichever room is asked, and
// others keep one of their own.
func TestWhatIsKeptIsTheConversations(t *testing.T) {
	for kind, want := range map[Conversation][]string{
		PerUser:       {"1 a", "1 b", "2 c", "3 d"},
		PerRoom:       {"1 a", "2 b", "3 c", "1 d"},
		PerUserInRoom: {"1 a", "1 b", "2 c", "1 d"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			r := newRig(t)
			bot := testBot("b", counter)
			bot.Rooms, bot.Conversation = []string{"lobby", "den"}, kind
			var got []string
			var runner *Runner
			for i, say := range []struct{ who, room, text string }{
				{"ada", "lobby", "a"}, {"bob", "lobby", "b"}, {"ada", "lobby", "c"}, {"ada", "den", "d"},
			} {
				if i%2 == 0 {
					runner = r.run(0, bot)
				}
				heard := r.watchRoom(say.room)
				s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: say.who, Name: say.who, Kind: hub.Person}}
				r.hub.Publish(t.Context(), s, &hub.Event{Type: hub.TypeSendMessage, Room: say.room, Text: say.text}, func(*hub.Entry, error) {})
				got = append(got, await(t, heard, 1)...)
				if i%2 == 1 {
					runner.Close()
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// A commit that is not all that waits has the bookmark of what is in it.
func TestTheBookmarkIsOfWhatIsCommitted(t *testing.T) {
	r := newRig(t)
	chatty := func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return hub.ConsumerFunc(func(_ context.Context, e hub.Event) error {
			for range maxPerTurn {
				if e.Type == hub.TypeReceivedMessage {
					if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Text: e.Text}); err != nil {
						return err
					}
				}
			}
			return nil
		}), nil
	}
	r.run(0, testBot("b", chatty)).Close() // so that it has a bookmark
	const messages = 3 * maxCommit / maxPerTurn
	var texts []string
	for i := range messages {
		texts = append(texts, strconv.Itoa(i))
	}
	r.say(texts...)
	r.store.set(func(i int) fault {
		if i > 2 {
			return fails // dead
		}
		return none
	})
	w := r.watch()
	runner := r.run(100*time.Millisecond, testBot("b", chatty))
	await(t, w, maxPerTurn)
	runner.Close()
	r.restart()
	w = r.watch()
	runner = r.run(0, testBot("b", chatty))
	r.say("end")
	for got := ""; got != "end"; {
		got = await(t, w, 1)[0]
	}
	runner.Close()
	count := make(map[string]int)
	for _, text := range r.answers() {
		count[text]++
	}
	for _, text := range append(texts, "end") {
		if count[text] != maxPerTurn {
			t.Errorf("%d answers to %s", count[text], text)
		}
	}
}
