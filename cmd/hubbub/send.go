package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hubbub/hub"
)

func sendCommand(configFile *string) *cobra.Command {
	s := &sending{remote: remote{config: configFile}}
	var file string
	var whole bool
	cmd := &cobra.Command{
		Use:   "send ROOM [TEXT...]",
		Short: "Send a message, or each line of standard input or a file",
		Long: "Send a message. Without TEXT each line of standard input, or of --file, is a message;\n" +
			"with --whole all of it is one.\n\n" +
			"A message whose answer is lost is sent again under the same ref, and so is in the log\n" +
			"once. To repeat a whole command without doubling anything, give it the same --ref and\n" +
			"--as each time: within ten minutes, or the room's last 100,000 events, what is in the\n" +
			"log already is not sent anew.\n\n" +
			"Exit status: 0 all is in the log; 1 the hub refused a message; 2 a mistake in the\n" +
			"command or the config; 3 no hub took it in time; 130 interrupted.",
		Example: "  hubbub send lobby 'the build is green'\n" +
			"  make 2>&1 | hubbub send builds\n" +
			"  hubbub send --whole --file notes.md --ref release-7 --as ci.guest news",
		Args: usageArgs(namesRoom(cobra.MinimumNArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(hub.CheckRoomName(args[0]), s.recall(cmd.Flags().Changed("name")), s.checkRef()); err != nil {
				return usageError{err}
			}
			s.room, s.out, s.progress = args[0], cmd.OutOrStdout(), newProgress(cmd.ErrOrStderr())
			messages, closeInput, err := s.messages(cmd, strings.Join(args[1:], " "), file, whole)
			if err != nil {
				return err
			}
			defer closeInput()
			return s.run(cmd.Context(), messages)
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVarP(&file, "file", "f", "", "send what this file holds (- is standard input)")
	cmd.Flags().BoolVar(&whole, "whole", false, "send all of the input as one message")
	cmd.Flags().StringVar(&s.ref, "ref", "", "your reference: the same again is the same message; line N gets REF.N (default: a new one)")
	cmd.Flags().DurationVar(&s.wait, "wait", 30*time.Second, "how long to try a message while the hub cannot be reached")
	cmd.Flags().BoolVar(&s.json, "json", false, "print the hub's answer to each message as JSON")
	completesRooms(cmd, configFile, 1)
	return cmd
}

// sending sends messages to a room, one after the other, each until the hub has
// it: under one ref and as one guest, so that it stays one message.
type sending struct {
	remote
	room     string
	ref      string
	wait     time.Duration
	json     bool
	out      io.Writer
	progress *progress

	base *url.URL
	sent int // messages that are in the log
	told bool
}

// maxLineDigits is how long the number of a line may get in a ref.
const maxLineDigits = 10

func (s *sending) checkRef() error {
	if err := hub.CheckRef(s.ref); err != nil {
		return err
	}
	if len(s.ref) > hub.MaxRef-1-maxLineDigits {
		return fmt.Errorf("--ref is at most %d bytes", hub.MaxRef-1-maxLineDigits)
	}
	return nil
}

// messages returns what is to be sent, and what closes where it comes from.
func (s *sending) messages(cmd *cobra.Command, text, file string, whole bool) (<-chan message, func(), error) {
	in, done := cmd.InOrStdin(), func() {}
	switch {
	case text != "" && (file != "" || whole):
		return nil, nil, usageError{errors.New("the text stands in the command: leave out --file and --whole, or the text")}
	case text != "":
		one := make(chan message, 1)
		one <- message{text: text}
		close(one)
		return one, done, nil
	case file != "" && file != "-":
		f, err := os.Open(file)
		if err != nil {
			return nil, nil, usageError{fmt.Errorf("--file: %w", err)}
		}
		if info, err := f.Stat(); err == nil {
			s.progress.total = info.Size()
		}
		in, done = f, func() { _ = f.Close() }
	case isTerminal(in):
		s.progress.note("reading what you type: a line is a message, Ctrl-D ends")
	}
	if whole {
		return wholeOf(in), done, nil
	}
	return linesOf(cmd.Context(), in), done, nil
}

func (s *sending) run(ctx context.Context, messages <-chan message) error {
	var err error
	if s.base, err = s.remote.base(); err != nil {
		return err
	}
	if s.ref == "" {
		s.ref = hub.NewID()
	}
	defer s.progress.end()
	begun := false
	for {
		select {
		case m, ok := <-messages:
			switch {
			case !ok && !begun:
				return usageError{errors.New("there is nothing to send, the input is empty: write the text after the room, or into standard input")}
			case !ok:
				return nil
			}
			begun = true
			if err := s.message(ctx, &m); err != nil {
				return s.after(err)
			}
			s.sent++
			s.progress.sent(s.sent, m.read)
		case <-ctx.Done():
			return s.after(statusError{statusInterrupted, errors.New("interrupted")})
		}
	}
}

// after adds to an error what was sent before it.
func (s *sending) after(err error) error {
	if s.sent == 0 {
		return err
	}
	return fmt.Errorf("%w (%d sent before)", err, s.sent)
}

// message sends one message until it is acknowledged or refused.
func (s *sending) message(ctx context.Context, m *message) error {
	if m.err != nil {
		return m.err
	}
	ref := s.ref
	if m.line > 0 {
		ref = fmt.Sprintf("%s.%d", s.ref, m.line)
	}
	body, err := json.Marshal(map[string]string{"text": m.text, "ref": ref})
	if err != nil {
		return err
	}
	late, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		answer, err := s.try(late, body)
		if err == nil {
			s.told = false
			return s.acknowledged(answer)
		}
		if s.final(err, late.Err() == nil) {
			return fmt.Errorf("%s%w", m.where(), err)
		}
		select {
		case <-time.After(pause):
		case <-late.Done():
			if ctx.Err() != nil {
				return statusError{statusInterrupted, fmt.Errorf("%sinterrupted; the message may be in the log", m.where())}
			}
			return statusError{statusUnreachable, fmt.Errorf(
				"%snot sent: no hub took it at %s in %v. Start it with hubbub serve, or name another with --url", m.where(), s.base, s.wait)}
		}
	}
}

// final reports whether trying again is of no use. Where it is, and there is time,
// it tells why that is done, once.
func (s *sending) final(err error, inTime bool) bool {
	refused, ok := errors.AsType[*refusal](err)
	switch {
	case ok && refused.status == http.StatusTooManyRequests: // the hub sets the pace
	case ok && !refused.passing(), errors.As(err, new(usageError)), errors.As(err, new(*distrust)):
		return true
	case !s.told && inTime:
		s.told = true
		s.progress.note(fmt.Sprintf("the hub at %s does not take it (%v); trying again", s.base, err))
	}
	return false
}

func (s *sending) try(ctx context.Context, body []byte) (answer json.RawMessage, err error) {
	if err := s.enter(ctx, s.base); err != nil {
		return nil, err
	}
	err = s.call(ctx, http.MethodPost, s.base.JoinPath("api/v1/rooms", s.room, "messages"), body, &answer)
	return answer, err
}

func (s *sending) acknowledged(answer json.RawMessage) error {
	if !s.json {
		return nil
	}
	_, err := fmt.Fprintf(s.out, "%s\n", answer)
	return err
}
