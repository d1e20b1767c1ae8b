package bots

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// followed is a folder of bots that a runner follows.
type followed struct {
	*rig
	dir    string
	runner *Runner
}

func follow(r *rig, dir string) *followed {
	r.Helper()
	defs, err := Load(dir)
	if err != nil {
		r.Fatal(err)
	}
	runner, err := Start(r.Context(), r.hub, r.store, defs, Options{
		Logger: slog.New(slog.NewTextHandler(r.logs, nil)), Look: 2 * time.Millisecond,
	})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(runner.Close)
	runner.Follow(dir, defs)
	return &followed{r, dir, runner}
}

// write puts a file there as editors do, in one step.
func (f *followed) write(name, body string) {
	f.Helper()
	write(f.T, f.dir, name, body)
}

func write(t *testing.T, dir, name, body string) {
	t.Helper()
	temporary := filepath.Join(dir, "."+name+".swp")
	if err := os.WriteFile(temporary, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// logged waits until the log has a line with all of the words, n times.
func (f *followed) logged(n int, words ...string) {
	f.Helper()
	for range 4000 {
		lines := slices.DeleteFunc(strings.Split(f.logs.String(), "\n"), func(line string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) })
		})
		if len(lines) >= n {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	f.Fatalf("the log never has %q %d times:\n%s", words, n, f.logs)
}

func (f *followed) commands() (all []string) {
	f.Helper()
	list, err := f.hub.Commands(f.Context(), (&Bot{ID: "x"}).scope(), "lobby")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range list.Commands {
		all = append(all, c.Command+" of "+c.Bot.ID)
	}
	return all
}

const tally = `
name: Tally
rooms: [lobby]
variables: {n: 0}
rules:
  - opened: welcome
  - closed: "${reason}"
  - command: /count
    do:
      - set: {n: "${n + 1}"}
      - reply: "%s ${n}"
`

// A file that changes is taken over while the hub runs: conversations go on, and what
// they keep stays. One with faults changes nothing, and one that is gone stops the bot.
func TestFilesAreTakenOver(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tally.yaml", fmt.Sprintf(tally, "one"))
	f := follow(newRig(t), dir)
	w := f.watch()
	f.say("/count")
	if got, want := await(t, w, 2), []string{"welcome", "one 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	f.write("tally.yaml", fmt.Sprintf(tally, "two"))
	f.logged(1, "taken over", "bot=tally")
	f.say("/count") // not welcomed again
	if got := await(t, w, 1); got[0] != "two 2" {
		t.Errorf("got %q", got)
	}

	f.write("tally.yaml", strings.Replace(fmt.Sprintf(tally, "three"), "reply:", "replay:", 1))
	f.logged(1, "not taken over", "tally.yaml:11:9: There is no key `replay` here. Did you mean `reply`?")
	f.say("/count")
	if got := await(t, w, 1); got[0] != "two 3" {
		t.Errorf("got %q", got)
	}
	f.write("tally.yaml", fmt.Sprintf(tally, "four"))
	f.logged(2, "taken over", "bot=tally")
	f.say("/count")
	if got := await(t, w, 1); got[0] != "four 4" {
		t.Errorf("got %q", got)
	}
	if n := strings.Count(f.logs.String(), "replay"); n != 1 {
		t.Errorf("the fault is told %d times", n)
	}

	f.write("new.yaml", "name: New\nrooms: [lobby]\nrules: [{command: /new, reply: yes}]\n")
	f.logged(1, "taken over", "bot=new")
	if got, want := f.commands(), []string{"/count of bot:tally", "/new of bot:new"}; !slices.Equal(got, want) {
		t.Errorf("the commands are %q, want %q", got, want)
	}
	f.write("new.yml", "name: New\nrooms: [lobby]\nrules: [{command: /newer, reply: yes}]\n")
	f.logged(1, "not taken over", "The bot `new` is in ")
	for _, name := range []string{"tally.yaml", "new.yml"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	f.logged(1, "has stopped", "bot=tally")
	if got := await(t, w, 1); got[0] != "removed" {
		t.Errorf("got %q", got)
	}
	f.say("/count", "/new")
	if got := await(t, w, 1); got[0] != "yes" {
		t.Errorf("got %q", got)
	}
	if got, want := f.commands(), []string{"/new of bot:new"}; !slices.Equal(got, want) {
		t.Errorf("the commands are %q, want %q", got, want)
	}
}

// While a file changes again and again nothing goes unanswered and nothing is counted
// twice.
func TestChangesUnderWayLoseNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tally.yaml", fmt.Sprintf(tally, "0"))
	f := follow(newRig(t), dir)
	w := f.watch()
	const changes, each = 10, 20
	for i := range changes {
		f.write("tally.yaml", fmt.Sprintf(tally, fmt.Sprint(i+1)))
		for range each {
			f.say("/count")
		}
		f.logged(i+1, "taken over")
	}
	got := await(t, w, changes*each+1)[1:]
	for i, text := range got {
		if _, n, _ := strings.Cut(text, " "); n != fmt.Sprint(i+1) {
			t.Fatalf("answer %d is %q", i+1, text)
		}
	}
	f.runner.Close()
	if n := len(slices.DeleteFunc(f.answers(), func(text string) bool { return text != "welcome" })); n != 1 {
		t.Errorf("welcomed %d times", n)
	}
}

// A folder that cannot be read, or is not there, changes nothing.
func TestTheFolderIsAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bots")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "tally.yaml", fmt.Sprintf(tally, "one"))
	f := follow(newRig(t), dir)
	if err := os.Rename(dir, dir+"2"); err != nil {
		t.Fatal(err)
	}
	f.logged(1, "folder of bots cannot be read")
	w := f.watch()
	f.say("/count")
	await(t, w, 2)
	if err := os.Rename(dir+"2", dir); err != nil {
		t.Fatal(err)
	}
	f.write("tally.yaml", fmt.Sprintf(tally, "two"))
	f.logged(1, "taken over", "bot=tally")
	if got := f.runner.Stats(); got.Bots != 1 || got.Conversations != 1 || got.Waiting != 0 || got.Answers != 2 {
		t.Errorf("stats %+v", got)
	}
}
