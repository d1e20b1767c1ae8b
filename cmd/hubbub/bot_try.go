package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"hubbub/bots"
	"hubbub/hub"
)

func botTry(configFile *string) *cobra.Command {
	var name, kind, room string
	cmd := &cobra.Command{
		Use:   "try BOT [TEXT...]",
		Short: "Talk to a bot in the terminal, without a hub",
		Long: "Talk to a bot in the terminal, without a hub: each line is a message, and what the bot\n" +
			"answers follows it. With TEXT it is that one message. Lines that begin with a colon\n" +
			"are for hubbub:\n\n" +
			"  :1             press the first button of the newest message that has some\n" +
			"  :as kettle device\n" +
			"                 be somebody else: a name, and person, guest, device or bot\n" +
			"  :data {\"celsius\": 96}\n" +
			"                 send data, as devices do\n" +
			"  :rest          let time pass until the conversation has ended\n" +
			"  :quit          leave",
		Example: "  hubbub bot try greeter\n  hubbub bot try greeter hello\n  hubbub bot try oncall --name kettle --kind device",
		Args:    usageArgs(namesBot),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := configuredBot(*configFile, args[0])
			if err != nil {
				return err
			}
			t := &trial{Trial: bots.NewTrial(d, room), bot: d.Name, out: cmd.OutOrStdout()}
			if err := t.be(name, kind); err != nil {
				return usageError{err}
			}
			if len(args) > 1 {
				return t.say(cmd.Context(), strings.Join(args[1:], " "))
			}
			return t.talk(cmd.Context(), cmd.InOrStdin())
		},
		ValidArgsFunction: completeBots(configFile),
	}
	cmd.Flags().StringVar(&name, "name", userName(), "what the bot knows you as")
	cmd.Flags().StringVar(&kind, "kind", string(hub.Person), "what you are: person, guest, device or bot")
	cmd.Flags().StringVar(&room, "room", "", "where you talk (default: the first of the bot's rooms)")
	return cmd
}

func namesBot(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("name the bot: hubbub bot try BOT; hubbub bot check lists them")
	}
	return nil
}

// trial is a bot in the terminal.
type trial struct {
	*bots.Trial
	bot  string
	user hub.Participant
	out  io.Writer
}

// be has the user be somebody else from now on.
func (t *trial) be(name, kind string) error {
	kinds := []string{string(hub.Person), string(hub.Guest), string(hub.Device), string(hub.Bot)}
	if !slices.Contains(kinds, kind) {
		return fmt.Errorf("nobody is a %s. There are: %s", kind, strings.Join(kinds, ", "))
	}
	name, err := hub.CleanUserName(name)
	if err != nil {
		return errors.New(hub.ProblemOf(err).Message)
	}
	t.user = bots.Player(name, kind)
	return nil
}

// talk has each line of in said or done.
func (t *trial) talk(ctx context.Context, in io.Reader) error {
	prompt := func() {
		if isTerminal(in) {
			_, _ = fmt.Fprintf(t.out, "%s> ", t.user.Name)
		}
	}
	lines := linesOf(ctx, in)
	for prompt(); ; prompt() {
		select {
		case m, ok := <-lines:
			if !ok || m.text == ":quit" {
				return nil
			}
			if err := errors.Join(m.err, t.do(ctx, m.text)); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// do does what a line says. A mistake is told and is not the end.
func (t *trial) do(ctx context.Context, line string) error {
	command, rest, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(strings.TrimPrefix(command, ":"))
	switch {
	case !strings.HasPrefix(command, ":"):
		return t.say(ctx, line)
	case err == nil:
		return t.press(ctx, n)
	case command == ":as":
		name, kind, ok := cutLast(rest)
		if !ok {
			name, kind = rest, string(hub.Person)
		}
		if err := t.be(name, kind); err != nil {
			return t.tell(err.Error())
		}
		return nil
	case command == ":data":
		return t.show(t.Tell(ctx, hub.Event{Type: hub.TypeReceivedMessage, From: t.user, Data: []byte(rest)}))
	case command == ":rest":
		return t.show(t.Rest(), nil)
	default:
		return t.tell("There are :1 (press a button), :as NAME KIND, :data JSON, :rest and :quit.")
	}
}

// cutLast cuts "night kettle device" before the last word.
func cutLast(s string) (before, last string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func (t *trial) say(ctx context.Context, text string) error {
	return t.show(t.Say(ctx, t.user, text))
}

func (t *trial) press(ctx context.Context, n int) error {
	buttons := t.Buttons()
	if n < 1 || n > len(buttons) {
		return t.tell(fmt.Sprintf("There are %d buttons to press.", len(buttons)))
	}
	return t.show(t.Press(ctx, t.user, buttons[n-1].Action))
}

// show prints what the bot does. What failed in the bot's file is printed too.
func (t *trial) show(events []hub.Event, err error) error {
	for i := range events {
		if err := t.tell(t.line(&events[i])); err != nil {
			return err
		}
	}
	if err != nil {
		return t.tell(hub.ProblemOf(err).Message)
	}
	return nil
}

func (t *trial) line(e *hub.Event) string {
	switch d := e.Detail.(type) {
	case *hub.Reaction:
		return t.bot + " reacts " + d.Emoji
	default:
		if e.Type == hub.TypeEditMessage {
			return t.bot + " edits: " + e.Text
		}
		words := []string{t.bot + ": " + e.Text}
		for i, b := range e.Buttons {
			words = append(words, fmt.Sprintf("[%d %s]", i+1, b.Label))
		}
		return strings.Join(words, " ")
	}
}

func (t *trial) tell(line string) error {
	_, err := fmt.Fprintln(t.out, printable(line))
	return err
}
