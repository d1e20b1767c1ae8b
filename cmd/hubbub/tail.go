package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gorilla/websocket"
	"github.com/spf13/cobra"

	"hubbub/hub"
)

func tailCommand(configFile *string) *cobra.Command {
	t := &tail{remote: remote{config: configFile}}
	var lines int
	var from, color string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tail ROOM...",
		Short: "Print what is said in rooms as it comes, over restarts of the hub too",
		Long: "Print what is said in rooms as it comes: messages, edits, deletions, reactions. It goes on\n" +
			"where it was when the hub or the network was away, and says what cannot be had any more.\n\n" +
			"Exit status: 0 it was stopped; 1 the hub refused it; 2 a mistake in the command or the config.",
		Example: "  hubbub tail lobby ops\n" +
			"  hubbub tail --since 2h ops\n" +
			"  hubbub tail --since all --json lobby | jq .text",
		Args: usageArgs(namesRoom(cobra.MinimumNArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			if lines < 0 || lines > hub.MaxPage {
				return usageError{fmt.Errorf("--lines is a number from 0 to %d", hub.MaxPage)}
			}
			paint, err := newPainter(color, cmd.OutOrStdout())
			if err := errors.Join(err, t.recall(cmd.Flags().Changed("name"))); err != nil {
				return usageError{err}
			}
			var begin *since
			if from != "" {
				if begin, err = parseSince(from, time.Now()); err != nil {
					return err
				}
			}
			t.out = newTranscript(cmd.OutOrStdout(), cmd.ErrOrStderr(), paint, args)
			if asJSON {
				t.out = jsonLines{cmd.OutOrStdout(), cmd.ErrOrStderr()}
			}
			if err := t.follow(args, lines, begin); err != nil {
				return err
			}
			return t.run(cmd.Context())
		},
	}
	t.flags(cmd)
	cmd.Flags().IntVarP(&lines, "lines", "n", 10, "newest messages to begin with")
	cmd.Flags().StringVar(&from, "since", "", "where to begin instead: all, after a seq (41), or a time (2h, 7d, 15:04, 2006-01-02)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each event as JSON, a line each")
	cmd.Flags().StringVar(&color, "color", "auto", "colour: auto (on a terminal, unless NO_COLOR is set), always or never")
	completesFlag(cmd, "color", "auto", "always", "never")
	completesFlag(cmd, "since", "all", "10m", "1h", "24h", "7d")
	completesRooms(cmd, configFile, maxTailed)
	return cmd
}

// maxSilence is how long a hub may say nothing: one that is there pings every 25
// seconds.
const maxSilence = 90 * time.Second

// maxTailed is how many rooms a shell completes.
const maxTailed = 100

// tail follows rooms, over lost connections and restarts of the hub.
type tail struct {
	remote
	rooms []*followed
	out   printer
}

// follow adds rooms.
func (t *tail) follow(names []string, lines int, from *since) error {
	for _, name := range names {
		if err := hub.CheckRoomName(name); err != nil {
			return usageError{err}
		}
		if t.room(name) == nil {
			t.rooms = append(t.rooms, &followed{name: name, lines: lines, from: from, out: t.out})
		}
	}
	return nil
}

// room returns the room of that name, nil where it is not followed.
func (t *tail) room(name string) *followed {
	i := slices.IndexFunc(t.rooms, func(r *followed) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return t.rooms[i]
}

// errGone ends a tail.
var errGone = errors.New("there is nothing left to follow")

func (t *tail) run(ctx context.Context) error {
	base, err := t.base()
	if err != nil {
		return err
	}
	lost := false
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		joined, err := t.connect(ctx, base)
		var problem *hub.Error
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it was told to stop
		case errors.As(err, &problem) && problem.Code != hub.Unavailable && problem.Code != hub.RateLimited:
			return problem
		case errors.Is(err, errGone), errors.As(err, new(usageError)), errors.As(err, new(*distrust)):
			return err
		case joined:
			pause, lost = 100*time.Millisecond, false
		}
		if !lost {
			lost = true
			t.out.note(fmt.Sprintf("the hub cannot be reached (%v); trying again", err))
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// connect prints what comes over one connection, and reports whether it had
// joined a room before it ended.
func (t *tail) connect(ctx context.Context, base *url.URL) (joined bool, err error) {
	ws, err := t.dial(ctx, base)
	if err != nil {
		return false, err
	}
	defer ws.Close()
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() })
	defer stop()
	for _, r := range t.rooms {
		if r.gone {
			continue
		}
		if err := say(ws, hub.Event{Type: hub.TypeRoomJoin, Room: r.name, Ref: r.name, Detail: r.join()}); err != nil {
			return false, err
		}
	}
	pong := ws.PingHandler()
	ws.SetPingHandler(func(data string) error {
		return errors.Join(ws.SetReadDeadline(time.Now().Add(maxSilence)), pong(data))
	})
	for {
		if err := ws.SetReadDeadline(time.Now().Add(maxSilence)); err != nil {
			return joined, err
		}
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return joined, err
		}
		e, err := hub.ParseEntry(frame)
		if err != nil {
			return joined, err
		}
		ask, err := t.handle(e)
		if err == nil && ask != nil {
			err = say(ws, hub.Event{Type: hub.TypeRoomHistory, Room: e.Event.Room, Ref: e.Event.Room, Detail: ask})
		}
		if err != nil {
			return joined, err
		}
		joined = joined || e.Event.Type == hub.TypeRoomJoined
	}
}

func (t *tail) dial(ctx context.Context, base *url.URL) (*websocket.Conn, error) {
	u := base.JoinPath("ws")
	u.Scheme = map[string]string{"http": "ws", "https": "wss"}[base.Scheme]
	query, header := url.Values{}, http.Header{}
	if t.guest == "" || t.rename {
		query.Set("name", t.name)
	}
	if t.guest != "" {
		header.Set("Authorization", "Bearer "+t.guest)
	}
	u.RawQuery = query.Encode()
	ws, res, err := t.dialer.DialContext(ctx, u.String(), header)
	if res != nil {
		defer res.Body.Close()
		if err != nil && res.StatusCode >= 300 && res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests {
			return nil, &hub.Error{Code: hub.Forbidden, Message: refused(res).Error()}
		}
	}
	return ws, explain(err)
}

func say(ws *websocket.Conn, e hub.Event) error {
	return ws.WriteMessage(websocket.TextMessage, hub.AppendJSON(nil, &e))
}

// handle takes an event, and returns what to ask its room for next, if anything.
func (t *tail) handle(e *hub.Entry) (*hub.HistoryRequest, error) {
	switch d := e.Event.Detail.(type) {
	case *hub.Opened:
		t.rename = false
		return nil, t.become(d.Guest)
	case *hub.Problem:
		return nil, &hub.Error{Code: d.Code, Message: d.Message}
	}
	r := t.room(e.Event.Room)
	if r == nil || r.gone {
		return nil, nil
	}
	switch d := e.Event.Detail.(type) {
	case *hub.Joined:
		return r.joined(d)
	case *hub.History:
		return r.history(d)
	}
	if e.Event.Type == hub.TypeRoomRemoved {
		r.gone = true
		t.out.note("the room " + r.name + " was removed")
		if !slices.ContainsFunc(t.rooms, func(r *followed) bool { return !r.gone }) {
			return nil, errGone
		}
		return nil, nil
	}
	return nil, r.event(e)
}
