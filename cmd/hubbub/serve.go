package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
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

// How long a stopping hub waits: for its peers to leave, for the bots, and for
// everything together. Who takes longer is left.
const (
	peersTime = 4 * time.Second
	botsTime  = 2 * time.Second
	drainTime = 9 * time.Second
)

func serveCommand(cmd *cobra.Command, configFile string) error {
	c, err := loadConfig(configFile)
	if err != nil {
		return err
	}
	handler := newLineHandler(cmd.ErrOrStderr(), c.LogLevel)
	if c.LogFormat == "json" {
		handler = slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: c.LogLevel})
	}
	return serve(cmd.Context(), c, slog.New(handler))
}

// serve runs a hub until ctx ends, and then drains it.
func serve(ctx context.Context, c *Config, log *slog.Logger) error {
	s := &server{config: c, log: log, failed: make(chan error, 4)}
	err := s.start(ctx)
	if err == nil {
		select {
		case <-ctx.Done():
			log.Info("hubbub stopping")
		case err = <-s.failed:
		}
	}
	drained := make(chan error, 1)
	go func() { drained <- s.drain() }()
	select {
	case closing := <-drained:
		return errors.Join(err, closing)
	case <-time.After(drainTime):
		log.Warn("not all parts of the hub stopped in time")
		return err
	}
}

// server is the parts of a running hub. Those that were not started are nil.
type server struct {
	config *Config
	log    *slog.Logger
	ready  atomic.Bool
	failed chan error // a listener that stopped by itself

	ports    ports
	store    *sqlite.Store
	layer    hub.Layer
	hub      *hub.Hub
	scopes   middleware.Scopes
	key      string // of the operator's API
	about    httpapi.About
	mqtt     *mqtt.Server
	bots     *bots.Runner
	sockets  *websocket.Server
	http     *http.Server
	upgrades *httpapi.Upgrades // in front of it, where there is no TLS
	web      *httpapi.Server   // the handler of both
}

// drain stops the hub from the outside in: nobody new, then the peers, the
// bots, the hub, and at last the store, which commits what it accepted.
func (s *server) drain() error {
	s.ready.Store(false)
	s.ports.close()
	if s.hub != nil {
		s.hub.Restarting()
	}
	ctx, cancel := context.WithTimeout(context.Background(), peersTime)
	defer cancel()
	var peers sync.WaitGroup
	if s.http != nil {
		peers.Go(func() {
			if s.http.Shutdown(ctx) != nil { // a client that does not read its answer
				_ = s.http.Close()
			}
		})
		peers.Go(func() { s.sockets.Shutdown(ctx) })
		peers.Go(func() { s.web.Shutdown(ctx) })
	}
	if s.mqtt != nil {
		peers.Go(func() {
			if err := s.mqtt.Close(ctx); err != nil {
				s.log.Warn("MQTT clients were cut off", "error", err)
			}
		})
	}
	peers.Wait()
	if s.bots != nil {
		s.bots.Close()
	}
	var errs []error
	if s.hub != nil {
		s.hub.Close()
		errs = append(errs, s.layer.Close())
	}
	if s.key != "" {
		_ = os.Remove(s.config.runFile()) // one that stays says where no hub is
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

func (s *server) start(ctx context.Context) error {
	c := s.config
	defs, err := loadBots(c)
	if err != nil {
		return err
	}
	shown, err := c.certificates(s.log)
	if err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	if s.store, err = sqlite.Open(ctx, c.database()); err != nil {
		return usageError{fmt.Errorf("data: %w. The folder is set by data or %s", err, envName("data"))}
	}
	guests, err := auth.NewGuests(ctx, s.store)
	if err != nil {
		return err
	}
	s.layer = hub.NewMemoryLayer()
	s.hub = hub.New(s.store, s.layer, hub.Options{Logger: s.log, MayCreate: c.mayCreate, Gap: c.gap(), Policy: c.policy})
	if s.bots, err = bots.Start(ctx, s.hub, s.store, defs, bots.Options{Logger: s.log, Drain: botsTime}); err != nil {
		return err
	}
	s.bots.Follow(c.Bots, defs)
	app := chat.New(s.hub)
	if !c.Guests {
		app = closed(app)
	}
	metrics := newRegistry()
	pace := middleware.NewPace(c.LimitEvents)
	app = hub.Chain(app, middleware.Metrics(metrics), middleware.Log(s.log), middleware.Recover(s.log), s.scopes.Middleware, pace.Middleware)
	connects := middleware.NewConnects(c.LimitConnects)
	proxies := httpapi.Proxies(c.TrustedProxies)
	s.mqtt, err = mqtt.New(hub.Chain(mqtt.Chat(app), connects.Middleware), mqtt.Options{
		Logger: s.log, RemoteAddr: proxies.RemoteAddr, Pace: pace.Wait,
	})
	if err != nil {
		return err
	}
	metrics.MustRegister(&statistics{
		hub: s.hub.Stats, store: s.store.Stats, bots: s.bots.Stats, mqtt: s.mqtt.Stats, drops: s.layer.Drops, connects: connects.Refused,
	})
	who := &identifier{guests: guests, hooks: auth.NewHooks(s.store), allowed: c.Guests, connects: connects, remote: proxies.RemoteAddr}
	s.key, s.about = newKey(), c.about(&s.ports)
	s.newHTTP(app, who, proxies, metricsOf(metrics), s.secure(shown))
	if err := s.serveAll(shown); err != nil {
		return err
	}
	shown.watch(ctx)
	s.warn()
	s.ready.Store(true)
	s.log.Info("hubbub serves", "version", version, "config", c.source(), "data", c.Data, "bots", len(defs))
	s.log.Info("hubbub ready", s.ports.addresses()...)
	return nil
}

func (s *server) newHTTP(app hub.Application, who *identifier, proxies httpapi.Proxies, metrics http.Handler, secure httpapi.Secure) {
	admin := httpapi.Admin(httpapi.AdminOptions{Key: s.key, Scopes: s.scopes.List, Rooms: s.hub, Hooks: keptHooks{who.hooks}})
	s.sockets = websocket.New(
		hub.ByPath(map[string]hub.Application{"/ws": websocket.Chat(app), "/ws/rooms/{room}": websocket.Chat(app)}),
		websocket.Options{Identify: who.identify, RemoteAddr: proxies.RemoteAddr, Compress: s.config.CompressSockets, Logger: s.log},
	)
	s.web = httpapi.New(httpapi.Options{
		App: app, Identify: who.identify, Hook: who.hook, Ready: s.readiness, UI: web.Dist(),
		Mount: map[string]http.Handler{
			"/ws": s.sockets, "/ws/rooms/{room}": s.sockets, "/mqtt": s.mqtt, "GET /metrics": metrics,
			httpapi.ScopesPath: admin, httpapi.AdminPath: admin,
		},
		Hosts: hub.Hosts{Names: s.config.names(), Open: s.ports.beyond()}, Proxies: proxies, Secure: secure, About: s.about,
	})
	s.http = &http.Server{
		Handler:           s.web,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute, // sockets and streams have left the server by then
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		Protocols:         s.config.protocols(),
		HTTP2: &http.HTTP2Config{
			SendPingTimeout:  25 * time.Second, // a connection whose peer says nothing
			PingTimeout:      15 * time.Second,
			WriteByteTimeout: 10 * time.Second, // one that takes nothing, as a stream's own
		},
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.upgrades = &httpapi.Upgrades{Handler: s.web, Paths: []string{"/ws"}, Timeout: s.http.ReadHeaderTimeout, Logger: s.log}
}

// readiness says whether the hub takes part: it has started, is not stopping,
// and its store answers.
func (s *server) readiness(ctx context.Context) error {
	if !s.ready.Load() {
		return errors.New("the hub is starting or stopping")
	}
	if _, err := s.store.State(ctx, "ready"); err != nil {
		s.log.Error("the store does not answer", "error", err)
		return errors.New("the store does not answer; the hub's log says why")
	}
	return nil
}

// gap is the config's as the hub is told of it.
func (c *Config) gap() time.Duration {
	if c.DeliveryGap == 0 {
		return -1
	}
	return c.DeliveryGap
}

// warnings are what is allowed and probably not meant.
func (c *Config) warnings() []string {
	var all []string
	if c.RoomsCreate != "anyone" {
		all = append(all, "rooms.create is "+c.RoomsCreate+", and this version has no accounts yet: only bots can create rooms")
	}
	if !c.Guests {
		all = append(all, "auth.guests is false, and this version has no accounts yet: nobody can enter")
	}
	if c.HSTS > 0 && c.HTTPS.Listen == "" && len(c.TrustedProxies) == 0 {
		all = append(all, "http.hsts is set and never said, since nobody comes by https: set http.tls.listen, or http.trusted_proxies where a proxy has it")
	}
	return all
}

func (s *server) warn() {
	for _, w := range s.config.warnings() {
		s.log.Warn(w)
	}
	for _, port := range s.ports.all() {
		if s.config.Guests && !loopback(port) {
			s.log.Warn("guests are allowed and others can reach the hub: anybody may enter. Set auth.guests to false, or listen on 127.0.0.1",
				"listener", port.name, "address", port.Addr().String())
		}
	}
}

func loopback(l net.Listener) bool {
	addr, ok := l.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// loadBots reads the bots' folder. The folder of the defaults may be missing.
func loadBots(c *Config) ([]*bots.Definition, error) {
	defs, err := bots.Load(c.Bots)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.from("bots") == (origin{}):
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, mistakes{fmt.Errorf("%s: there is no folder %s, seen from %s. Make it, or set bots or %s",
			c.from("bots").where("bots"), c.Bots, here(), envName("bots"))}
	case errors.As(err, new(bots.Faults)):
		return nil, mistakes{err}
	case err != nil:
		return nil, usageError{err}
	}
	return defs, nil
}

// here is the folder that relative paths start from.
func here() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}
