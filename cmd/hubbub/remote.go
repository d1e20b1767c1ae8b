package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/user"
	"strings"
	"time"

	"github.com/gorilla/websocket"
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
	ca     string // file of the authorities that are trusted

	client *http.Client
	dialer *websocket.Dialer
}

func (r *remote) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "url", "", "the hub's address (default: that of the config)")
	cmd.Flags().StringVar(&r.name, "name", userName(), "name that the room sees")
	cmd.Flags().StringVar(&r.ca, "ca", "", "PEM file of the authority that the hub's certificate is of (default: those that the system trusts)")
	cmd.Flags().StringVar(&r.file, "as", "", "file that keeps who you are from one start to the next; made where there is none")
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "hubbub"
}

// base returns the hub's address as a URL, and makes ready to reach it.
func (r *remote) base() (*url.URL, error) {
	var trust *tls.Config
	var dial dialTLS
	var proxy throughProxy
	if r.ca != "" {
		var err error
		if trust, err = trustFile(r.ca); err != nil {
			return nil, err
		}
	}
	address := r.url
	if address != "" {
		proxy = http.ProxyFromEnvironment
	} else {
		c, err := loadConfig(*r.config)
		if err != nil {
			return nil, err
		}
		var local bool
		if address, local = c.address(); local && r.ca == "" {
			dial = c.dialLocal
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError{fmt.Errorf("%q is no address of a hub: write such as http://127.0.0.1:8080", address)}
	}
	r.client = clientOf(trust, dial, proxy)
	r.dialer = &websocket.Dialer{
		Proxy: proxy, HandshakeTimeout: 45 * time.Second, TLSClientConfig: trust, NetDialTLSContext: dial,
	}
	return u, nil
}

// address returns where the config's hub is, as a URL. Where it is reached by https
// alone, and this user may read its run file, that says how, and whether the hub is
// on this machine.
func (c *Config) address() (address string, local bool) {
	if c.HTTPListen != "" && (c.HTTPS.Listen == "" || c.Redirect.Off) {
		return "http://" + reachable(c.HTTPListen), false
	}
	if o, err := c.findHub(); err == nil && o.run.TLS != nil {
		return o.run.url("").String(), true
	}
	at := reachable(c.HTTPS.Listen)
	if _, port, err := net.SplitHostPort(at); err == nil && len(c.names()) > 0 {
		at = net.JoinHostPort(strings.Trim(c.names()[0], "[]"), port)
	}
	return "https://" + at, false
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
	return do(r.client, req, answer)
}

// do makes the request and decodes what is answered, where answer is not nil.
func do(client *http.Client, req *http.Request, answer any) error {
	res, err := client.Do(req)
	if err != nil {
		return explain(err)
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
	body, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	switch {
	case json.Unmarshal(body, &problem) == nil && problem.Detail != "":
	case strings.HasPrefix(string(body), "Client sent an HTTP request to an HTTPS server"):
		problem.Detail = "the hub speaks TLS there: write https:// in --url"
	case res.StatusCode < 400 && res.Header.Get("Location") != "":
		problem.Detail = "the hub sends on to " + res.Header.Get("Location") + ": name that with --url"
	default:
		problem.Detail = "the hub answers " + res.Status
	}
	return &refusal{res.StatusCode, problem.Detail}
}
