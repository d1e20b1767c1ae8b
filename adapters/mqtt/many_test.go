package mqtt

import (
	"fmt"
	"sync"
	"testing"
	"time"

	paho3 "github.com/eclipse/paho.mqtt.golang"
)

// Many publish and subscribe at once while others come and go: every subscriber gets
// each publisher's messages, once and in order.
func TestManyToMany(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	connect := func(id string) paho3.Client {
		c := paho3.NewClient(paho3.NewClientOptions().AddBroker("tcp://" + r.addr).SetClientID(id).SetOrderMatters(true).SetAutoReconnect(false))
		await(t, c.Connect())
		return c
	}
	const publishers, subscribers, each = 4, 9, 300
	var all sync.WaitGroup
	for s := range subscribers {
		c := connect(fmt.Sprint("sub", s))
		t.Cleanup(func() { c.Disconnect(100) })
		var next [publishers]int
		missing := publishers * each
		all.Add(1)
		await(t, c.Subscribe([]string{"load/#", "load/+", "load/+/#"}[s/3], byte(s%3), func(_ paho3.Client, m paho3.Message) {
			var p, i int
			if _, err := fmt.Sscan(string(m.Payload()), &p, &i); err != nil || i != next[p] {
				t.Errorf("subscriber %d: message %d of %d; want %d", s, i, p, next[p])
			}
			next[p] = i + 1
			if missing--; missing == 0 {
				all.Done()
			}
		}))
	}
	stop := make(chan struct{})
	var others, senders sync.WaitGroup
	for o := range 3 {
		others.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				c := connect(fmt.Sprint("other", o))
				await(t, c.Subscribe(fmt.Sprintf("load/%d", n%publishers), byte(n%3), nil))
				if n%2 == 0 {
					await(t, c.Unsubscribe(fmt.Sprintf("load/%d", n%publishers)))
				}
				c.Disconnect(0)
			}
		})
	}
	for p := range publishers {
		c := connect(fmt.Sprint("pub", p))
		t.Cleanup(func() { c.Disconnect(100) })
		senders.Go(func() {
			var last paho3.Token
			for i := range each {
				last = c.Publish(fmt.Sprintf("load/%d", p), byte(p%3), i%10 == 0, fmt.Sprint(p, " ", i))
				if p%3 > 0 && i%20 == 19 {
					await(t, last)
				}
			}
			await(t, last)
		})
	}
	senders.Wait()
	arrived := make(chan struct{})
	go func() {
		all.Wait()
		close(arrived)
	}()
	select {
	case <-arrived:
	case <-time.After(patience):
		t.Error("something is missing")
	}
	close(stop)
	others.Wait()
	if s := r.srv.Stats(); s.Slow != 0 || s.Retained != publishers {
		t.Errorf("counted %+v", s)
	}
}

// await fails unless what was asked for is done. It may be called from any goroutine.
func await(t *testing.T, token paho3.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Errorf("not done: %v", token.Error())
	}
}
