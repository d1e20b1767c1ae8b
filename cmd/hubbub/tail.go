package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/gorilla/websocket"
	"github.com/spf13/cobra"

	"hubbub/hub"
)

func tailCommand(configFile *string) *cobra.Command {
	t := &tail{remote: remote{config: configFile}}
	cmd := &cobra.Command{
		Use:   "tail ROOM",
		Short: "Print a room's messages as they come, over lost connections too",
		Args:  usageArgs(namesRoom(cobra.ExactArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			if t.lines < 0 || t.lines > hub.MaxPage {
				return usageError{fmt.Errorf("--lines is a number from 0 to %d", hub.MaxPage)}
			}
			t.room, t.out, t.notes = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
			return t.run(cmd.Context())
		},
	}
	t.flags(cmd)
	cmd.Flags().IntVarP(&t.lines, "lines", "n", 10, "newest messages to begin with")
	cmd.Flags().BoolVar(&t.json, "json", false, "print each event as JSON")
	return cmd
}

// tail follows a room, over lost connections and restarts of the hub.
type tail struct {
	remote
	room  string
	lines int
	json  bool
	out   io.Writer
	notes io.Writer

	seen  *int64 // last seq printed
	epoch string
}

func (t *tail) run(ctx context.Context) error {
	base, err := t.base()
	if err != nil {
		return err
	}
	base.Scheme = map[string]string{"http": "ws", "https": "wss"}[base.Scheme]
	lost := false
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		joined, err := t.follow(ctx, base.JoinPath("ws"))
		var problem *hub.Error
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it was told to stop
		case errors.As(err, &problem) && problem.Code != hub.Unavailable:
			return problem
		case joined:
			pause, lost = 100*time.Millisecond, false
		}
		if !lost {
			lost = true
			_, _ = fmt.Fprintf(t.notes, "hubbub: the hub cannot be reached (%v); trying again\n", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// follow prints what comes over one connection, and reports whether it had
// joined the room before it ended.
func (t *tail) follow(ctx context.Context, u *url.URL) (joined bool, err error) {
	query := url.Values{"name": {t.name}}
	if t.guest != "" {
		query = url.Values{"guest": {t.guest}}
	}
	u.RawQuery = query.Encode()
	ws, res, err := websocket.DefaultDialer.DialContext(ctx, u.String(), nil)
	if res != nil {
		defer res.Body.Close()
		if err != nil && res.StatusCode >= 400 && res.StatusCode < 500 {
			return false, &hub.Error{Code: hub.Forbidden, Message: refused(res).Error()}
		}
	}
	if err != nil {
		return false, err
	}
	defer ws.Close()
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() })
	defer stop()

	join := hub.Event{Type: hub.TypeRoomJoin, Room: t.room, Ref: "join",
		Detail: &hub.Join{Since: t.seen, Epoch: t.epoch, Limit: t.lines}}
	if err := ws.WriteMessage(websocket.TextMessage, hub.AppendJSON(nil, &join)); err != nil {
		return false, err
	}
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return joined, err
		}
		e, err := hub.ParseEntry(frame)
		if err != nil {
			return joined, err
		}
		if err := t.handle(e); err != nil {
			return joined, err
		}
		joined = joined || e.Event.Type == hub.TypeRoomJoined
	}
}

func (t *tail) handle(e *hub.Entry) error {
	switch d := e.Event.Detail.(type) {
	case *hub.Opened:
		t.guest = d.Guest
	case *hub.Problem:
		return &hub.Error{Code: d.Code, Message: d.Message}
	case *hub.Joined:
		if t.seen != nil && !d.Recovered {
			_, _ = fmt.Fprintln(t.notes, "hubbub: too much was missed, or the log is another one; going on with the newest")
			t.seen = nil
		}
		t.epoch = d.Epoch
		for _, missed := range d.Events {
			if err := t.print(missed); err != nil {
				return err
			}
		}
		t.seen = &d.Head
	default:
		return t.print(e)
	}
	return nil
}

// print writes an event of the log, once.
func (t *tail) print(e *hub.Entry) error {
	ev := &e.Event
	if ev.Seq == 0 || t.seen != nil && ev.Seq <= *t.seen {
		return nil
	}
	t.seen = &ev.Seq
	line := string(e.JSON)
	if !t.json {
		text := ev.Text
		if text == "" {
			text = string(ev.Data)
		}
		line = ev.At.Local().Format("15:04:05") + " " + ev.From.Name + ": " + printable(text)
	}
	_, err := fmt.Fprintln(t.out, line)
	return err
}

// printable returns text without what a terminal would obey, and with its
// lines below one another.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ReplaceAll(text, "\n", "\n         "))
}
