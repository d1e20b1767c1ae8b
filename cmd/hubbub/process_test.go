package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"hubbub/hub"
)

// asHub has the test's own binary be the program, so that tests start and kill
// the real thing.
const asHub = "HUBBUB_TEST_IS_THE_HUB"

func TestMain(m *testing.M) {
	if os.Getenv(asHub) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// program returns the command that runs hubbub with args in dir.
func program(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bots, err := filepath.Abs("../../configs/bots")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), exe, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asHub+"=1", "HUBBUB_DATA="+dir, "HUBBUB_BOTS="+bots, "HUBBUB_LIMITS_EVENTS=0", "HUBBUB_LIMITS_CONNECTS=0")
	return cmd
}

// process is a running hub.
type process struct {
	cmd          *exec.Cmd
	http, mqtt   string      // addresses
	https, mqtts string      // of those with TLS
	lines        chan string // of its log, from the first on; those beyond some are left out
	logged       chan struct{}
}

var readyLine = regexp.MustCompile(`hubbub ready.* http=(\S+) mqtt=(\S+)(?: https=(\S+))?(?: mqtts=(\S+))?$`)

// start runs a hub on the data in dir, with more variables if need be, and waits
// until it is ready.
func start(t testing.TB, dir, httpAddr, mqttAddr string, env ...string) *process {
	t.Helper()
	p := &process{cmd: program(t, dir, "serve"), logged: make(chan struct{}), lines: make(chan string, 1000)}
	p.cmd.Env = append(append(p.cmd.Env, "HUBBUB_HTTP_LISTEN="+httpAddr, "HUBBUB_MQTT_LISTEN="+mqttAddr), env...)
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan []string, 1)
	go func() {
		defer close(p.logged)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if strings.Contains(lines.Text(), "DATA RACE") {
				t.Error("the hub has a data race")
			}
			t.Log(p.cmd.Process.Pid, lines.Text())
			select {
			case p.lines <- lines.Text():
			default:
			}
			if found := readyLine.FindStringSubmatch(lines.Text()); found != nil {
				ready <- found
			}
		}
	}()
	t.Cleanup(p.kill)
	select {
	case found := <-ready:
		p.http, p.mqtt, p.https, p.mqtts = found[1], found[2], found[3], found[4]
	case <-p.logged:
		t.Fatal("the hub ended before it was ready")
	}
	return p
}

// says waits for the next line of the log that holds words, and returns it.
func (p *process) says(t *testing.T, words string) string {
	t.Helper()
	patience := time.After(time.Minute)
	for {
		select {
		case line := <-p.lines:
			if strings.Contains(line, words) {
				return line
			}
		case <-patience:
			t.Fatalf("the log never says %q", words)
		}
	}
}

// kill ends the process as a crash does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.wait()
}

// wait waits for the end and returns the exit status.
func (p *process) wait() int {
	<-p.logged
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// log reads the room's whole log.
func (p *process) log(t *testing.T, room string) []hub.Event {
	t.Helper()
	var events []hub.Event
	for more := true; more; {
		var page struct {
			Events []*hub.Entry
			More   bool
		}
		res, err := http.Get(fmt.Sprintf("http://%s/api/v1/rooms/%s/messages?limit=500&after=%d", p.http, room, len(events)))
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(res.Body).Decode(&page)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res.Status, err)
		}
		for _, e := range page.Events {
			events = append(events, e.Event)
		}
		more = page.More
	}
	http.DefaultClient.CloseIdleConnections()
	return events
}

func TestServeAndDrain(t *testing.T) {
	p := start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0")
	res, err := http.Get("http://" + p.http + "/readyz")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(err, res)
	}
	res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := p.wait(); status != 0 || time.Since(began) > 10*time.Second {
		t.Errorf("drained in %v with status %d", time.Since(began), status)
	}
}

// Peers that take nothing are waited for, but not for ever, and are no failure.
func TestDrainWithStuckPeers(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	text := strings.Repeat("x", 16<<10)
	for range 100 {
		args := strings.NewReader(`{"text":"` + text + `"}`)
		res, err := http.Post("http://"+p.http+"/api/v1/rooms/lobby/messages?name=ada", "application/json", args)
		if err != nil || res.StatusCode != http.StatusCreated {
			t.Fatal(err, res)
		}
		res.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	request := "GET /api/v1/rooms/lobby/messages?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"
	slow, err := net.Dial("tcp", p.http)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprint(slow, strings.Repeat(request, 20))
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for range 20 {
		if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"room.history","room":"lobby","limit":100}`)); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := p.wait(); status != 0 || time.Since(began) > 10*time.Second {
		t.Errorf("drained in %v with status %d", time.Since(began), status)
	}
}

func TestAnAddressInUseIsTold(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := program(t, t.TempDir(), "serve")
	cmd.Env = append(cmd.Env, "HUBBUB_HTTP_LISTEN=127.0.0.1:0", "HUBBUB_MQTT_LISTEN="+l.Addr().String())
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "HUBBUB_MQTT_LISTEN") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v: %s", err, out)
	}
}

// A file that cannot be used is told in one line, with the cure.
func TestAFileThatCannotBeUsedIsTold(t *testing.T) {
	refused := func(dir, want string) {
		t.Helper()
		cmd := program(t, dir, "serve")
		cmd.Env = append(cmd.Env, "HUBBUB_HTTP_LISTEN=127.0.0.1:0", "HUBBUB_MQTT_LISTEN=127.0.0.1:0")
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || strings.Count(string(out), "\n") != 1 ||
			!strings.Contains(string(out), filepath.Join(dir, "hubbub.db")) || !strings.Contains(string(out), want) {
			t.Errorf("%v: %s", err, out)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hubbub.db"), []byte(strings.Repeat("no database", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(dir, "put a backup in its place")
	dir = t.TempDir()
	start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	refused(dir, "another hub has it open: stop that one")
}

// auth.guests holds on every protocol.
func TestNobodyEntersWithoutAnAccount(t *testing.T) {
	t.Setenv("HUBBUB_AUTH_GUESTS", "false")
	p := start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0")
	if _, res, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws?name=ada", nil); err == nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a socket: %v, %v", err, res)
	}
	res, err := http.Get("http://" + p.http + "/api/v1/rooms/lobby/messages")
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a request: %v, %v", err, res)
	}
	res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	for _, version := range []uint{3, 4} {
		client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + p.mqtt).SetProtocolVersion(version).SetConnectRetry(false))
		if err := wait(client.Connect()); err == nil {
			t.Errorf("MQTT %d: connected", version)
		}
		client.Disconnect(0)
	}
}

func TestSendAndTail(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	tail := program(t, dir, "tail", "lobby", "ops", "--since", "all", "--url", "http://"+p.http)
	out, err := tail.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tail.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = tail.Process.Signal(os.Interrupt)
		if err := tail.Wait(); err != nil {
			t.Error("tail ended with", err)
		}
	}()
	send := func(words ...string) {
		t.Helper()
		args := append([]string{"send", "--url", "http://" + p.http, "--name", "Ada", "lobby"}, words...)
		if out, err := program(t, dir, args...).CombinedOutput(); err != nil {
			t.Fatalf("send: %v: %s", err, out)
		}
	}
	lines := bufio.NewScanner(out)
	await := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasSuffix(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("tail never printed %q", want)
	}
	send("hello", "there")
	await(" Ada: hello there")
	await(" Greeter: Hello Ada!")
	p.kill()
	sent := make(chan struct{})
	go func() { // tries until the hub is there again
		defer close(sent)
		send("still", "here")
	}()
	p = start(t, dir, p.http, p.mqtt)
	<-sent
	await(" Ada: still here")
	p.kill() // while nothing is on its way
	p = start(t, dir, p.http, p.mqtt)
	if out, err := program(t, dir, "send", "ops", "tea?", "--url", "http://"+p.http, "--name", "Bob").CombinedOutput(); err != nil {
		t.Fatalf("send: %v: %s", err, out)
	}
	await(" Bob: tea?")
}

func TestCommands(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"version"}, 0, "hubbub dev\n"},
		{[]string{"config", "check"}, 0, "the built-in config is right; 4 bots\n"},
		{[]string{"config", "check", "--config", "nowhere.yaml"}, 2, "nowhere.yaml: there is no such file."},
		{[]string{"bot", "try"}, 2, "hubbub: name the bot: hubbub bot try BOT"},
		{[]string{"config", "show"}, 0, "HUBBUB_DATA\n"},
		{[]string{"config", "show", "--output", "yaml"}, 2, "Write text or json"},
		{[]string{"config", "check", "-o", "json", "--config", "nowhere.yaml"}, 2, `"mistakes": [`},
		{[]string{"config", "check", "-o", "json"}, 0, `"bots": 4`},
		{[]string{"--version"}, 0, "hubbub dev\n"},
		{[]string{"config", "nonsense"}, 2, "see hubbub config --help"},
		{[]string{"send", "lobby"}, 2, "the input is empty"},
		{[]string{"nonsense"}, 2, `"nonsense"`},
		{[]string{"--nonsense"}, 2, "--nonsense"},
		{[]string{"tail"}, 2, "name the room: hubbub tail ROOM..."},
		{[]string{"tail", "lobby", "--since", "yesterdayish"}, 2, "is no place in a log"},
		{[]string{"tail", "lobby", "--color", "some"}, 2, "Write auto, always or never"},
		{[]string{"tail", "Lobby"}, 2, "A room's name is"},
		{[]string{"send", "lobby", "hi", "--whole"}, 2, "leave out --file and --whole"},
		{[]string{"send", "lobby", "--file", "nowhere"}, 2, "--file: open nowhere"},
		{[]string{"send", "lobby", "hi", "--ref", strings.Repeat("x", 60)}, 2, "--ref is at most"},
		{[]string{"send", "lobby", "hi", "--url", "nonsense"}, 2, "is no address of a hub"},
		{[]string{"send", "lobby", "hi", "--url", "http://127.0.0.1:1", "--wait", "10ms"}, 3, "not sent: no hub took it at http://127.0.0.1:1"},
	} {
		out, err := program(t, dir, test.args...).CombinedOutput()
		status := 0
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			status = exit.ExitCode()
		}
		if status != test.status || !strings.Contains(string(out), test.want) {
			t.Errorf("hubbub %v: status %d, %s", test.args, status, out)
		}
	}
}
