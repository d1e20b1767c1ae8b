package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hubbub/hub"
)

// remote says which hub a client command talks to, and as whom.
type remote struct {
	config *string
	url    string
	name   string
	guest  string
}

func (r *remote) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "url", "", "the hub's address (default: that of the config)")
	cmd.Flags().StringVar(&r.name, "name", userName(), "name that the room sees")
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "hubbub"
}

// base returns the hub's address as a URL.
func (r *remote) base() (*url.URL, error) {
	address := r.url
	if address == "" {
		c, err := loadConfig(*r.config)
		if err != nil {
			return nil, err
		}
		host, port, err := net.SplitHostPort(c.HTTPListen)
		if err != nil {
			return nil, err
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		address = "http://" + net.JoinHostPort(host, port)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError{fmt.Errorf("%q is no address of a hub: write such as http://127.0.0.1:8080", address)}
	}
	return u, nil
}

func sendCommand(configFile *string) *cobra.Command {
	r := &remote{config: configFile}
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "send ROOM [TEXT...]",
		Short: "Send a message; without TEXT, what standard input holds",
		Args:  usageArgs(namesRoom(cobra.MinimumNArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := strings.Join(args[1:], " ")
			if len(args) == 1 {
				in, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), hub.DefaultMaxEvent))
				if err != nil {
					return fmt.Errorf("read standard input: %w", err)
				}
				if text = strings.TrimRight(string(in), "\n"); text == "" {
					return usageError{errors.New("standard input is empty: write the text after the room, or into standard input")}
				}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), wait)
			defer cancel()
			return r.send(ctx, cmd.ErrOrStderr(), args[0], text)
		},
	}
	r.flags(cmd)
	cmd.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long to try while the hub cannot be reached")
	return cmd
}

// namesRoom has a missing room said as such.
func namesRoom(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New("name the room: " + cmd.UseLine())
		}
		return check(cmd, args)
	}
}

// send sends one message, and sends it again until it is acknowledged: under
// one ref and as one guest, so that it stays one message.
func (r *remote) send(ctx context.Context, notes io.Writer, room, text string) error {
	base, err := r.base()
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"text": text, "ref": hub.NewID()})
	if err != nil {
		return err
	}
	told := false
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := r.try(ctx, base, room, body)
		var refused *refusal
		if err == nil || errors.As(err, &refused) && !refused.passing() {
			return err
		}
		if !told {
			told = true
			fmt.Fprintf(notes, "hubbub: the hub at %s does not take it (%v); trying again\n", base, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("not sent: no hub took it at %s. Start it with hubbub serve, or name another with --url", base)
		}
	}
}

func (r *remote) try(ctx context.Context, base *url.URL, room string, body []byte) error {
	if r.guest == "" {
		var session struct{ Guest string }
		if err := r.post(ctx, base.JoinPath("api/v1/session"), nil, &session); err != nil {
			return err
		}
		r.guest = session.Guest
	}
	return r.post(ctx, base.JoinPath("api/v1/rooms", room, "messages"), body, nil)
}

func (r *remote) post(ctx context.Context, u *url.URL, body []byte, answer any) error {
	if r.guest == "" {
		u.RawQuery = url.Values{"name": {r.name}}.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if r.guest != "" {
		req.Header.Set("Authorization", "Bearer "+r.guest)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return refused(res)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(answer)
}

// refusal is a hub's answer that is no success.
type refusal struct {
	status int
	detail string
}

func (e *refusal) Error() string { return e.detail }

func (e *refusal) passing() bool {
	return e.status == http.StatusServiceUnavailable || e.status == http.StatusTooManyRequests
}

func refused(res *http.Response) error {
	var problem struct{ Detail string }
	if json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&problem) != nil || problem.Detail == "" {
		problem.Detail = "the hub answers " + res.Status
	}
	return &refusal{res.StatusCode, problem.Detail}
}
