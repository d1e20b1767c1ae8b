package mqtt

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Each message goes to one of those who share a subscription, in turn (MQTT 5, 4.8.2).
func TestSharedSubscriptions(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	pub := r.connect(t, 5, "pub")
	members := []*client{r.connect(t, 5, "a"), r.connect(t, 4, "b"), r.connect(t, 5, "c")}
	for _, c := range members {
		c.granted(1, "$share/g/jobs/#", 1)
	}
	other, all := r.connect(t, 5, "other"), r.connect(t, 5, "all")
	other.granted(1, "$share/h/jobs/#", 0) // another group has its own
	all.granted(1, "jobs/#", 0)
	members[0].granted(2, "jobs/5", 0) // what it has by itself it has beside that
	for _, c := range members {
		c.quiet() // until its SUBACK has left, messages wait for it, and others are asked first
	}
	const n = 30
	for i := range n {
		pub.put(fmt.Sprint("jobs/", i), strconv.Itoa(i))
	}
	var got []int
	for i, c := range members {
		want := n / len(members)
		if i == 0 {
			want++
		}
		last := -1
		for range want {
			pk := c.next()
			at, err := strconv.Atoi(string(pk.Payload))
			if err != nil || at < last || pk.FixedHeader.Qos == 1 && at == last {
				t.Errorf("%s after %d", pk.Payload, last)
			}
			last = at
			got = append(got, at)
		}
		c.quiet()
	}
	slices.Sort(got)
	if len(got) != n+1 || len(slices.Compact(got)) != n {
		t.Errorf("the group got %v", got)
	}
	for i := range n {
		other.hear(fmt.Sprint("jobs/", i), strconv.Itoa(i), 0, false)
		all.hear(fmt.Sprint("jobs/", i), strconv.Itoa(i), 0, false)
	}
	members[0].unsubscribe(3, "$share/g/jobs/#")
	members[1].conn.Close()
	eventually(t, "it is gone", func() bool { return r.srv.session("b") == nil })
	pub.put("jobs/1", "left")
	members[2].hear("jobs/1", "left", 1, false)
	members[0].quiet()
}

// One who does not acknowledge is passed over; and what waited for it goes to the
// others when it is gone.
func TestSharedWithOneThatIsFull(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	pub := r.connect(t, 5, "pub")
	full := r.connect(t, 5, "full", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	free := r.connect(t, 5, "free")
	full.granted(1, "$share/g/jobs", 1)
	const n = 20
	for i := range 3 { // one on its way, two wait
		pub.put("jobs", strconv.Itoa(i))
	}
	free.granted(1, "$share/g/jobs", 1)
	free.quiet() // until its SUBACK has left, messages wait for it as well
	for i := 3; i < n; i++ {
		pub.put("jobs", strconv.Itoa(i))
	}
	for i := 3; i < n; i++ {
		free.hear("jobs", strconv.Itoa(i), 1, false)
	}
	full.expect(packets.Publish)
	full.quiet()
	full.conn.Close()
	for i := range 3 { // the first was sent, and not acknowledged
		free.hear("jobs", strconv.Itoa(i), 1, false)
	}
	free.quiet()
}

// What was sent at QoS 1 and not acknowledged another one gets, in order; what was, or
// was sent at another QoS, nobody.
func TestSharedAndNotAcknowledged(t *testing.T) {
	t.Parallel()
	for _, qos := range []byte{0, 1, 2} {
		r := start(t, Options{})
		pub := r.connect(t, 5, "pub")
		first := r.connect(t, 5, "first")
		first.granted(1, "$share/g/jobs", qos)
		const n = 60
		for i := range n {
			pub.deliver("jobs", strconv.Itoa(i), 2, uint16(i+1))
			pk := first.expect(packets.Publish)
			if i%3 == 0 {
				first.ack(pk)
			}
		}
		first.quiet()
		second := r.connect(t, 4, "second")
		second.granted(1, "$share/g/jobs", 1)
		first.conn.Close()
		eventually(t, "it is gone", func() bool { return r.srv.session("first") == nil })
		for i := range n {
			if qos == 1 && i%3 != 0 {
				second.hear("jobs", strconv.Itoa(i), 1, false)
			}
		}
		second.quiet()
	}
}

// What waits for a group survives that its only member renews the subscription.
func TestSharedWithOneThatRenews(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	pub := r.connect(t, 5, "pub")
	full := r.connect(t, 5, "full", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	full.granted(1, "$share/g/jobs", 1)
	for _, job := range numbers(2) { // the first on its way, and the second waits
		pub.put("jobs", job)
	}
	full.expect(packets.Publish)
	full.granted(2, "$share/g/jobs", 1)
	other := r.connect(t, 5, "other")
	other.granted(1, "$share/g/jobs", 1)
	full.conn.Close()
	other.hear("jobs", "1", 1, false)
	other.hear("jobs", "2", 1, false)
}
