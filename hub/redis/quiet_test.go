package redis

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"hubbub/hub"
)

// commands returns how many commands the server has done.
func commands(t *testing.T, l *Layer) int {
	t.Helper()
	for line := range strings.Lines(l.rdb.Info(t.Context(), "stats").Val()) {
		if n, found := strings.CutPrefix(line, "total_commands_processed:"); found {
			count, err := strconv.Atoi(strings.TrimSpace(n))
			ok(t, err)
			return count
		}
	}
	t.Fatal("the server does not count its commands")
	return 0
}

// Channels that are owned or waited for and quiet cost no goroutine of the layer,
// and nothing is asked of the server.
func TestQuietChannelsCostNothing(t *testing.T) {
	s := ownServer(t)
	l := openAt(t, s.addr, fresh(hub.ChannelOptions{}))
	before := runtime.NumGoroutine()
	for i := range 300 {
		in, err := l.Own(t.Context(), fmt.Sprint("channel!", i), func() {})
		ok(t, err)
		t.Cleanup(in.Close)
	}
	if n := runtime.NumGoroutine() - before; n > 5 {
		t.Errorf("%d goroutines for 300 channels", n)
	}
	for i := range 10 {
		receiving(t.Context(), t, l, fmt.Sprint("waits", i))
	}
	asked := commands(t, l)
	<-time.After(200 * time.Millisecond)
	if n := commands(t, l) - asked; n > 1 { // it counts the question itself
		t.Errorf("%d commands for quiet channels", n)
	}
}

// Many that wait for the server to confirm the same room are answered, and the last
// one to go ends the subscription.
func TestListenersShareASubscription(t *testing.T) {
	l := openAt(t, shared.addr, fresh(hub.ChannelOptions{}))
	subscribers := func() int64 {
		topic := l.roomTopics() + "lobby"
		return l.rdb.PubSubNumSub(t.Context(), topic).Val()[topic]
	}
	var stops []func()
	for range 20 {
		stop, err := l.Listen(t.Context(), "lobby", func(*hub.Entry) {})
		ok(t, err)
		stops = append(stops, stop)
	}
	if n := subscribers(); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	for _, stop := range stops {
		stop()
		stop()
	}
	eventually(t, "nobody listens", func() bool { return subscribers() == 0 })
}
