package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/user"

	"github.com/spf13/cobra"
)

// remote says which hub a client command talks to, and as whom.
type remote struct {
	config *string
	url    string
	name   string
	file   string // keeps who one is from one start to the next
	guest  string // the secret that says who one is
	rename bool   // name was given, and is not only the default
}

func (r *remote) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "url", "", "the hub's address (default: that of the config)")
	cmd.Flags().StringVar(&r.name, "name", userName(), "name that the room sees")
	cmd.Flags().StringVar(&r.file, "as", "", "file that keeps who you are from one start to the next; made where there is none")
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
		address = "http://" + reachable(c.HTTPListen)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError{fmt.Errorf("%q is no address of a hub: write such as http://127.0.0.1:8080", address)}
	}
	return u, nil
}

// reachable returns an address of this machine by which one that listens on
// address is reached.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// namesRoom has a missing room said as such.
func namesRoom(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("name the room: %s", cmd.UseLine())
		}
		return check(cmd, args)
	}
}

// enter makes sure that the hub knows who speaks, under one identity for all
// that follows.
func (r *remote) enter(ctx context.Context, base *url.URL) error {
	if r.guest != "" && !r.rename {
		return nil
	}
	u := base.JoinPath("api/v1/session")
	if r.guest == "" || r.rename {
		u.RawQuery = url.Values{"name": {r.name}}.Encode()
	}
	var session struct{ Guest string }
	if err := r.call(ctx, http.MethodPost, u, nil, &session); err != nil {
		return err
	}
	r.rename = false
	return r.become(session.Guest)
}

// call makes a request and decodes what is answered, where answer is not nil.
func (r *remote) call(ctx context.Context, method string, u *url.URL, body []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if r.guest != "" {
		req.Header.Set("Authorization", "Bearer "+r.guest)
	}
	return do(req, answer)
}

// do makes the request and decodes what is answered, where answer is not nil.
func do(req *http.Request, answer any) error {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return refused(res)
	}
	if answer == nil {
		_, err = io.Copy(io.Discard, res.Body) // so that the connection is used again
		return err
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
