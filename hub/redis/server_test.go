package redis

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"hubbub/hub"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// shared is a server for tests that leave it running.
var shared *server

func TestMain(m *testing.M) {
	var err error
	if shared, err = newServer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	shared.kill()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// server is a redis-server of the tests, which keeps nothing.
type server struct {
	addr string
	cmd  *exec.Cmd
	dir  string
}

func newServer() (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{addr: listener.Addr().String()}
	listener.Close()
	if s.dir, err = os.MkdirTemp("", "hubbub-redis-"); err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

// start starts the server at its address and waits for it.
func (s *server) start() error {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("the tests of the Redis layer need a redis-server: apt-get install redis-server (make test does): %w", err)
	}
	_, port, _ := net.SplitHostPort(s.addr)
	s.cmd = exec.Command(binary, "--bind", "127.0.0.1", "--port", port, "--dir", s.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no")
	if err := s.cmd.Start(); err != nil {
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1, DialerRetries: 1})
	defer rdb.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		if err = rdb.Ping(ctx).Err(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("redis-server does not answer at %s: %w", s.addr, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends the server at once, as a crash would.
func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) kill() {
	s.stop()
	_ = os.RemoveAll(s.dir)
}

// ownServer is a server that the test may stop.
func ownServer(t *testing.T) *server {
	t.Helper()
	s, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

var prefixCount atomic.Int64

// fresh returns options of an empty layer, which others may share.
func fresh(channels hub.ChannelOptions) Options {
	channels.Logger = slog.New(slog.DiscardHandler)
	return Options{
		Prefix:   fmt.Sprintf("test-%d-%d", os.Getpid(), prefixCount.Add(1)),
		Channels: channels,
		Logger:   slog.New(slog.DiscardHandler),
	}
}

func openAt(t testing.TB, addr string, opts Options) *Layer {
	t.Helper()
	l, err := Open(t.Context(), "redis://"+addr, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ok(t, l.Close()) })
	return l
}

// pair opens two layers, as two hubs do, on the shared server.
func pair(t testing.TB, opts Options) (a, b *Layer) {
	t.Helper()
	return openAt(t, shared.addr, opts), openAt(t, shared.addr, opts)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// received fails unless the channel gives the message.
func received(t testing.TB, l *Layer, channel, want string) {
	t.Helper()
	if m, err := l.Receive(within(t, patience), channel); string(m) != want || err != nil {
		t.Errorf("received %q, %v; want %q", m, err, want)
	}
}

// nothing fails if the channel gives a message.
func nothing(t testing.TB, l *Layer, channel string) {
	t.Helper()
	if m, err := l.Receive(within(t, 20*time.Millisecond), channel); err == nil {
		t.Errorf("received %q, want nothing", m)
	}
}

// eventually waits until what is asked is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestOpen(t *testing.T) {
	for _, test := range []struct {
		name, url string
		opts      Options
		wrong     string
	}{
		{"not a URL of Redis", "http://" + shared.addr, Options{}, "scheme"},
		{"nobody is there", "redis://127.0.0.1:1", Options{}, "127.0.0.1:1"},
		{"a prefix that would be a pattern", "redis://" + shared.addr, Options{Prefix: "a*"}, `"a*"`},
		{"a malformed capacity", "redis://" + shared.addr, Options{Channels: hub.ChannelOptions{Capacity: -1}}, "-1"},
		{"presence below zero", "redis://" + shared.addr, Options{Presence: -1}, "-1ns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Open(t.Context(), test.url, test.opts); err == nil || !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("opened: %v, want what names %s", err, test.wrong)
			}
		})
	}
}
