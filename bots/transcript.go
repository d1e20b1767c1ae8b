package bots

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"hubbub/hub"
)

// Rehearse plays a transcript with the bot and returns where it is not as it is
// written. Each line of a transcript is one of
//
//	Ada: text                       somebody says something
//	kettle (device): text           a device does; guest and bot may stand there too
//	kettle (device) sends {"a": 1}  it sends data
//	Ada presses Yes                 a button of the newest message that has some
//	(all rest)                      time passes until every conversation has ended
//	Greeter: text                   the bot says so; * stands for anything
//	Greeter reacts 👍               it does that
//	Greeter edits: text             and that
//
// Empty lines and those that begin with # say nothing. What the bot does and is not
// written is wrong too. file stands in the faults.
func Rehearse(ctx context.Context, d *Definition, file string, body []byte) Faults {
	r := &rehearsal{trial: NewTrial(d, ""), def: d, file: file}
	for i, line := range strings.Split(string(body), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if done, ok := strings.CutPrefix(line, d.Name); ok && strings.IndexAny(done, ": ") == 0 {
			r.expect(i+1, line)
			continue
		}
		r.rest()
		r.line = i + 1
		r.play(ctx, line)
	}
	r.rest()
	return r.faults
}

type rehearsal struct {
	trial  *Trial
	def    *Definition
	file   string
	line   int      // of what was done last
	left   []string // what the bot did since, and no line has spoken of
	faults Faults
}

func (r *rehearsal) fault(line int, format string, args ...any) {
	r.faults = append(r.faults, Fault{r.file, line, 1, fmt.Sprintf(format, args...)})
}

// rest says what the bot did and is not written.
func (r *rehearsal) rest() {
	for _, did := range r.left {
		r.fault(r.line, "The bot answers, and it is not written: %s", did)
	}
	r.left = nil
}

// expect compares what the bot did next with what is written.
func (r *rehearsal) expect(line int, want string) {
	if len(r.left) == 0 {
		r.fault(line, "The bot does nothing (more), and that is written: %s", want)
		return
	}
	got := r.left[0]
	r.left = r.left[1:]
	parts := strings.Split(want, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	if !regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(got) {
		r.fault(line, "Another answer: %s", got)
	}
}

var (
	says    = regexp.MustCompile(`^([^:()]+?)(?: \((person|guest|device|bot)\))?: (.*)$`)
	sends   = regexp.MustCompile(`^([^:()]+?)(?: \((person|guest|device|bot)\))? sends (.*)$`)
	presses = regexp.MustCompile(`^([^:()]+?)(?: \((person|guest|device|bot)\))? presses (.*)$`)
)

// play has somebody do what the line says.
func (r *rehearsal) play(ctx context.Context, line string) {
	var events []hub.Event
	var err error
	if m := sends.FindStringSubmatch(line); m != nil {
		events, err = r.trial.Tell(ctx, hub.Event{Type: hub.TypeReceivedMessage, From: Player(m[1], m[2]), Data: []byte(m[3])})
	} else if m := presses.FindStringSubmatch(line); m != nil {
		action := m[3]
		for _, b := range r.trial.Buttons() {
			if b.Label == m[3] {
				action = b.Action
			}
		}
		events, err = r.trial.Press(ctx, Player(m[1], m[2]), action)
	} else if m := says.FindStringSubmatch(line); m != nil {
		events, err = r.trial.Say(ctx, Player(m[1], m[2]), m[3])
	} else if line == "(all rest)" {
		events = r.trial.Rest()
	} else {
		r.fault(r.line, "Nobody does anything here. Write `Ada: text`, `Ada presses Yes`, `kettle (device) sends {…}`, `(all rest)`, or what `%s` does.", r.def.Name)
	}
	if err != nil {
		r.fault(r.line, "%s", hub.ProblemOf(err).Message)
	}
	for _, e := range events {
		r.left = append(r.left, r.def.Name+did(&e))
	}
}

// Player returns somebody of that name in a trial; a person where the kind is empty.
func Player(name, kind string) hub.Participant {
	if kind == "" {
		kind = string(hub.Person)
	}
	return hub.Participant{ID: kind + ":" + name, Name: name, Kind: hub.Kind(kind), Via: hub.ScopeWebSocket}
}

// did returns what the bot did as a transcript has it, without its name.
func did(e *hub.Event) string {
	switch d := e.Detail.(type) {
	case *hub.Reaction:
		return " reacts " + d.Emoji
	default:
		text := strings.Join(strings.Fields(e.Text), " ")
		if e.Type == hub.TypeEditMessage {
			return " edits: " + text
		}
		return ": " + text
	}
}
