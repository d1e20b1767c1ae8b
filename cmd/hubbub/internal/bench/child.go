package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Start says how a server is started that a load is put on.
type Start struct {
	// Exe is the program, Args what it is to do.
	Exe  string
	Args []string
	// Procs is how many processors it may use at once (GOMAXPROCS).
	Procs int
	// Env are more variables, each as NAME=value.
	Env []string
	// Dir is where its temporary folder is made. Default: the system's.
	Dir string
}

// Child is a server that was started for a load.
type Child struct {
	Target *Target

	cmd   *exec.Cmd
	dir   string
	ended chan struct{} // closed when it said its last
	last  tail
}

// startTime is how long a server may take until it is ready, stopTime until it
// has stopped.
const (
	startTime = 20 * time.Second
	stopTime  = 10 * time.Second
)

var readyLine = regexp.MustCompile(`hubbub ready.* http=(\S+) mqtt=(\S+)`)

// Run starts the server and waits until it is ready. Its addresses are free ones
// of the loopback, its data is in a folder of its own, and it takes part without
// limits. Whoever calls it calls [Child.Stop].
func Run(ctx context.Context, name string, s Start) (*Child, error) {
	dir, err := os.MkdirTemp(s.Dir, "hubbub-bench-")
	if err != nil {
		return nil, err
	}
	c := &Child{dir: dir, ended: make(chan struct{})}
	if err := c.start(ctx, name, s); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), c.Stop())
	}
	return c, nil
}

func (c *Child) start(ctx context.Context, name string, s Start) error {
	config, bots := filepath.Join(c.dir, "hubbub.yaml"), filepath.Join(c.dir, "bots")
	if err := errors.Join(os.Mkdir(bots, 0o700), os.WriteFile(config, []byte("log: {level: info}\n"), 0o600)); err != nil {
		return err
	}
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), s.Exe, append(s.Args, "--config", config)...)
	c.cmd.Dir = c.dir
	c.cmd.SysProcAttr = ends()
	c.cmd.Env = append(os.Environ(),
		"GOMAXPROCS="+strconv.Itoa(max(s.Procs, 1)),
		"HUBBUB_HTTP_LISTEN=127.0.0.1:0", "HUBBUB_MQTT_LISTEN=127.0.0.1:0",
		"HUBBUB_DATA="+filepath.Join(c.dir, "data"), "HUBBUB_BOTS="+bots,
		"HUBBUB_LIMITS_EVENTS=0", "HUBBUB_LIMITS_CONNECTS=0",
		"HUBBUB_AUTH_GUESTS=true", "HUBBUB_ROOMS_CREATE=anyone", "HUBBUB_ROOMS_HISTORY=forever",
		"HUBBUB_ROOMS_RULES="+PrefixNone+"*=none", "HUBBUB_LOG_LEVEL=info", "HUBBUB_LOG_FORMAT=text")
	c.cmd.Env = append(c.cmd.Env, s.Env...)
	log, err := c.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		c.cmd = nil
		return err
	}
	ready := make(chan []string, 1)
	go c.follow(log, ready)
	select {
	case found := <-ready:
		return c.aim(name, found)
	case <-c.ended:
		return fmt.Errorf("it ended before it was ready: %s", c.last.String())
	case <-time.After(startTime):
		return fmt.Errorf("it was not ready after %v: %s", startTime, c.last.String())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// aim takes down where it listens.
func (c *Child) aim(name string, found []string) error {
	http, err1 := netip.ParseAddrPort(found[1])
	mqtt, err2 := netip.ParseAddrPort(found[2])
	c.Target = &Target{Name: name, HTTP: http, Host: found[1], MQTT: mqtt, Usage: usageOf(c.cmd.Process.Pid)}
	return errors.Join(err1, err2)
}

// follow reads what the server logs, to its end.
func (c *Child) follow(log io.Reader, ready chan<- []string) {
	defer close(c.ended)
	for lines := bufio.NewScanner(log); lines.Scan(); {
		c.last.add(lines.Text())
		if found := readyLine.FindStringSubmatch(lines.Text()); found != nil {
			select {
			case ready <- found:
			default:
			}
		}
	}
}

// Stop stops the server, and removes its data.
func (c *Child) Stop() error {
	var err error
	if c.cmd != nil {
		_ = c.cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(stopTime, func() { _ = c.cmd.Process.Kill() })
		<-c.ended
		err = c.cmd.Wait()
		kill.Stop()
		c.cmd = nil
		if err != nil {
			err = fmt.Errorf("the server did not end well: %w: %s", err, c.last.String())
		}
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}

// tail is the last lines of a log.
type tail struct {
	mu    sync.Mutex
	lines []string
}

const tailLines = 5

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, " | ")
}
