package bots

import (
	"fmt"
	"strings"
	"testing"

	"hubbub/hub"
)

// play has a conversation with a bot, a line each: "Ada: what she says",
// "Ada presses x", "all rest". It returns the answers, a line each.
type stage struct {
	*testing.T
	trial *Trial
}

func newStage(t *testing.T, file string) *stage {
	t.Helper()
	d, err := Parse("b.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return &stage{t, NewTrial(d, "")}
}

func actor(name string) hub.Participant {
	p := hub.Participant{ID: strings.ToLower(name), Name: name, Kind: hub.Person, Via: "websocket"}
	switch {
	case strings.HasPrefix(name, "Device"):
		p.Kind = hub.Device
	case strings.HasPrefix(name, "Bot"):
		p.Kind = hub.Bot
	}
	return p
}

func (s *stage) do(line string) string {
	s.Helper()
	var events []hub.Event
	var err error
	name, text, says := strings.Cut(line, ": ")
	who, action, presses := strings.Cut(line, " presses ")
	who2, data, sends := strings.Cut(line, " sends ")
	switch {
	case line == "all rest":
		events = s.trial.Rest()
	case presses:
		events, err = s.trial.Press(s.Context(), actor(who), action)
	case sends:
		events, err = s.trial.Tell(s.Context(), hub.Event{Type: hub.TypeReceivedMessage, From: actor(who2), Data: []byte(data)})
	case says:
		events, err = s.trial.Say(s.Context(), actor(name), text)
	default:
		s.Fatalf("what is %q?", line)
	}
	var said []string
	for _, e := range events {
		switch e.Type {
		case hub.TypeReact:
			said = append(said, "reacts "+e.Detail.(*hub.Reaction).Emoji)
		case hub.TypeEditMessage:
			said = append(said, "edits to "+e.Text)
		default:
			text := e.Text
			for _, b := range e.Buttons {
				text += fmt.Sprintf(" [%s=%s]", b.Action, b.Label)
			}
			said = append(said, text)
		}
	}
	if err != nil {
		said = append(said, "error "+err.Error())
	}
	return strings.Join(said, " / ")
}

// run does lines in turn, each followed by what is to be answered.
func (s *stage) run(lines ...string) {
	s.Helper()
	for i := 0; i+1 < len(lines); i += 2 {
		if got := s.do(lines[i]); got != lines[i+1] {
			s.Errorf("%s\n got %q\nwant %q", lines[i], got, lines[i+1])
		}
	}
}
