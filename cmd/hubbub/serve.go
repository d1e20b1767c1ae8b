package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	httpapi "hubbub/adapters/http"
	"hubbub/adapters/mqtt"
	"hubbub/adapters/websocket"
	"hubbub/bots"
	"hubbub/hub"
	"hubbub/hub/auth"
	"hubbub/hub/chat"
	"hubbub/hub/middleware"
	"hubbub/hub/sqlite"
	"hubbub/web"
)

// drainTime is how long a stopping hub takes at most.
const drainTime = 8 * time.Second

func serveCommand(cmd *cobra.Command, configFile string) error {
	c, err := loadConfig(configFile)
	if err != nil {
		return err
	}
	opts := &slog.HandlerOptions{Level: c.LogLevel}
	var handler slog.Handler = slog.NewTextHandler(cmd.ErrOrStderr(), opts)
	if c.LogFormat == "json" {
		handler = slog.NewJSONHandler(cmd.ErrOrStderr(), opts)
	}
	return serve(cmd.Context(), c, slog.New(handler))
}

// serve runs a hub until ctx ends, and then drains it.
func serve(ctx context.Context, c *Config, log *slog.Logger) (err error) {
	s := &server{config: c, log: log}
	defer func() { err = errors.Join(err, s.drain()) }()
	if err := s.start(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		log.Info("hubbub stopping")
		return nil
	case err := <-s.failed:
		return err
	}
}

// server is the parts of a running hub, in the order in which they start. They
// end in the opposite one.
type server struct {
	config *Config
	log    *slog.Logger

	ready    atomic.Bool
	failed   chan error // a listener that stopped by itself
	closings []func(context.Context) error
}

// later has end called when the server drains: the last first.
func (s *server) later(end func(context.Context) error) { s.closings = append(s.closings, end) }

func (s *server) drain() error {
	s.ready.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var errs []error
	for _, v := range slices.Backward(s.closings) {
		errs = append(errs, v(ctx))
	}
	return errors.Join(errs...)
}

func (s *server) start(ctx context.Context) error {
	c := s.config
	s.failed = make(chan error, 2)
	defs, err := loadBots(c)
	if err != nil {
		return err
	}
	httpListener, err := s.listen(ctx, "http.listen", c.HTTPListen)
	if err != nil {
		return err
	}
	mqttListener, err := s.listen(ctx, "mqtt.listen", c.MQTTListen)
	if err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, filepath.Join(c.Data, "hubbub.db"))
	if err != nil {
		return usageError{fmt.Errorf("data: %w", err)}
	}
	s.later(func(context.Context) error { return store.Close() })
	guests, err := auth.NewGuests(ctx, store)
	if err != nil {
		return err
	}
	h := hub.New(store, hub.NewMemoryLayer(), hub.Options{Logger: s.log, MayCreate: mayCreate(c.RoomsCreate)})
	s.later(func(context.Context) error { h.Close(); return nil })

	app := middleware.Rate(c.LimitEvents)(chat.New(h))
	if err := s.serveMQTT(mqttListener, app); err != nil {
		return err
	}
	runner, err := bots.Start(ctx, h, store, defs, bots.Options{Logger: s.log})
	if err != nil {
		return err
	}
	s.later(func(context.Context) error { runner.Close(); return nil })
	s.serveHTTP(httpListener, app, &identifier{guests: guests, allowed: c.Guests}, store)

	s.warn(httpListener, mqttListener)
	s.ready.Store(true)
	s.log.Info("hubbub ready", "http", httpListener.Addr().String(), "mqtt", mqttListener.Addr().String())
	return nil
}

func (s *server) listen(ctx context.Context, key, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w. Stop what uses the address, or set %s or %s", key, err, key, envName(key))}
	}
	s.later(func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return l, nil
}

func (s *server) serveMQTT(l net.Listener, app hub.Application) error {
	m, err := mqtt.New(mqtt.Chat(app), mqtt.Options{Logger: s.log})
	if err != nil {
		return err
	}
	s.later(m.Close)
	go s.run("mqtt", func() error { return m.Serve(l) })
	return nil
}

func (s *server) serveHTTP(l net.Listener, app hub.Application, who *identifier, store hub.States) {
	proxies := httpapi.Proxies(s.config.TrustedProxies)
	open := !loopback(l)
	ws := websocket.New(
		hub.ByPath(map[string]hub.Application{"/ws": websocket.Chat(app)}),
		websocket.Options{Identify: who.identify, RemoteAddr: proxies.RemoteAddr, Logger: s.log},
	)
	srv := &http.Server{
		Handler: httpapi.New(httpapi.Options{
			App: app, Identify: who.identify, Ready: s.readiness(store), UI: web.Dist(),
			Mount: map[string]http.Handler{"/ws": ws},
			Open:  open, Hosts: s.config.HTTPHosts, Proxies: proxies, Version: version,
		}),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.later(func(ctx context.Context) error {
		ws.Shutdown(ctx)
		return srv.Shutdown(ctx)
	})
	go s.run("http", func() error { return srv.Serve(l) })
}

// run reports a listener that stopped by itself.
func (s *server) run(name string, serve func() error) {
	if err := serve(); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, mqtt.ErrClosed) {
		s.failed <- fmt.Errorf("%s: %w", name, err)
	}
}

// readiness says whether the hub takes part: it has started, is not stopping,
// and its store answers.
func (s *server) readiness(store hub.States) func(context.Context) error {
	return func(ctx context.Context) error {
		if !s.ready.Load() {
			return errors.New("the hub is starting or stopping")
		}
		if _, err := store.State(ctx, "ready"); err != nil {
			s.log.Error("the store does not answer", "error", err)
			return errors.New("the store does not answer; the hub's log says why")
		}
		return nil
	}
}

func (s *server) warn(listeners ...net.Listener) {
	if !s.config.Guests {
		s.log.Warn("auth.guests is false, and this version has no accounts yet: nobody can enter over HTTP")
		return
	}
	for _, l := range listeners {
		if !loopback(l) {
			s.log.Warn("guests are allowed and others can reach the hub: anybody may enter", "address", l.Addr().String())
		}
	}
}

func loopback(l net.Listener) bool {
	addr, ok := l.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// mayCreate is the policy of rooms.create. Bots are the operator's own.
func mayCreate(policy string) func(*hub.Scope, string) bool {
	return func(s *hub.Scope, _ string) bool {
		switch policy {
		case "anyone":
			return true
		case "members":
			return s.User.Kind == hub.Person || s.User.Kind == hub.Bot
		default:
			return s.User.Kind == hub.Bot
		}
	}
}

// loadBots reads the bots' folder. The folder of the defaults may be missing.
func loadBots(c *Config) ([]*bots.Definition, error) {
	defs, err := bots.Load(c.Bots)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !c.BotsNamed:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, usageError{fmt.Errorf("bots: there is no folder %s. Make it, or set bots or %s", c.Bots, envName("bots"))}
	case err != nil:
		return nil, usageError{err}
	}
	return defs, nil
}
