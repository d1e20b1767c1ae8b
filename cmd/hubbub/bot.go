package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hubbub/bots"
	"hubbub/hub"
)

func botCommand(configFile *string) *cobra.Command {
	parent := &cobra.Command{
		Use: "bot", Short: "Check bots, and try them without a hub", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	check := &cobra.Command{
		Use: "check", Short: "Check the bots' files, and list them", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			defs, err := configuredBots(*configFile)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, d := range defs {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.ID, d.Name, strings.Join(d.Rooms, ", "), d.File)
			}
			return w.Flush()
		},
	}
	parent.AddCommand(check, botTry(configFile))
	return parent
}

func configuredBots(configFile string) ([]*bots.Definition, error) {
	c, err := loadConfig(configFile)
	if err != nil {
		return nil, err
	}
	return loadBots(c)
}

func botTry(configFile *string) *cobra.Command {
	var name, room string
	cmd := &cobra.Command{
		Use:   "try BOT [TEXT...]",
		Short: "Talk to a bot in the terminal, without a hub",
		Long: "Talk to a bot in the terminal, without a hub: each line is a message, and what the bot\n" +
			"answers follows it. With TEXT it is that one message.",
		Example: "  hubbub bot try greeter\n  hubbub bot try greeter hello",
		Args:    usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			defs, err := configuredBots(*configFile)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(defs, func(d *bots.Definition) bool { return d.ID == args[0] })
			if i < 0 {
				return usageError{fmt.Errorf("there is no bot %s. There are: %s", args[0], strings.Join(botNames(defs), ", "))}
			}
			d := defs[i]
			if room == "" && len(d.Rooms) > 0 {
				room = d.Rooms[0]
			}
			t := &trial{bot: d.Name, room: room, user: hub.User{ID: hub.NewID(), Name: name, Kind: hub.Person}, out: cmd.OutOrStdout()}
			if err := t.open(cmd.Context(), d); err != nil {
				return err
			}
			defer t.consumer.Close(context.WithoutCancel(cmd.Context()), nil)
			if len(args) > 1 {
				return t.say(cmd.Context(), strings.Join(args[1:], " "))
			}
			return t.talk(cmd.Context(), cmd.InOrStdin())
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			defs, _ := configuredBots(*configFile) // nobody completes a word to be told of a mistake
			return botNames(defs), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVar(&name, "name", userName(), "what the bot knows you as")
	cmd.Flags().StringVar(&room, "room", "", "where you talk (default: the first of the bot's rooms)")
	return cmd
}

func botNames(defs []*bots.Definition) []string {
	names := make([]string, len(defs))
	for i, d := range defs {
		names[i] = d.ID
	}
	return names
}

// trial is a conversation with a bot that no hub carries.
type trial struct {
	bot, room string
	user      hub.User
	out       io.Writer
	consumer  hub.Consumer
	ended     bool
}

var _ hub.Finisher = (*trial)(nil)

func (t *trial) open(ctx context.Context, d *bots.Definition) (err error) {
	s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeChat, Path: "/bots/" + d.ID, User: t.user, Opened: time.Now()}
	t.consumer, err = d.Application()(ctx, s, t)
	return err
}

// talk has each line of in said.
func (t *trial) talk(ctx context.Context, in io.Reader) error {
	prompt := func() {
		if isTerminal(in) {
			_, _ = fmt.Fprint(t.out, "> ")
		}
	}
	lines := linesOf(ctx, in)
	for prompt(); !t.ended; prompt() {
		select {
		case m, ok := <-lines:
			if !ok {
				return nil
			}
			if err := errors.Join(m.err, t.say(ctx, m.text)); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

func (t *trial) say(ctx context.Context, text string) error {
	from := hub.Participant{ID: t.user.ID, Name: t.user.Name, Kind: t.user.Kind}
	return t.consumer.Handle(ctx, hub.Event{Type: hub.TypeReceivedMessage, Room: t.room, ID: hub.NewID(), At: time.Now().UTC(), From: from, Text: text})
}

// Send implements [hub.Sender]: it prints what the bot says.
func (t *trial) Send(e hub.Event) error {
	words := []string{e.Text}
	for _, b := range e.Buttons {
		words = append(words, "["+b.Label+"]")
	}
	_, err := fmt.Fprintf(t.out, "%s: %s\n", t.bot, printable(strings.Join(words, " ")))
	return err
}

// Finish implements [hub.Finisher].
func (t *trial) Finish(cause error) {
	t.ended = true
	_, _ = fmt.Fprintln(t.out, "The bot has ended the conversation.")
	if cause != nil {
		_, _ = fmt.Fprintln(t.out, cause)
	}
}
