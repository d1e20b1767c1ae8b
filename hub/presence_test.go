package hub_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// changes returns who came and who went, of what r was told.
func (r *reader) changes() (joined, left []string) {
	for _, e := range r.said {
		if d, ok := e.Detail.(*hub.PresenceChanged); ok {
			for _, p := range d.Joined {
				joined = append(joined, p.ID)
			}
			left = append(left, d.Left...)
		}
	}
	return joined, left
}

// take returns what was said to r since it was last asked.
func (r *reader) take() []hub.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	said := r.said
	r.said = nil
	return said
}

func TestPresenceIsOfUsers(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{Grace: time.Second})
	ada := newReader(false)
	sub, joined := join(t, h, scope("ada"), "lobby", nil, ada)
	sub.Start()
	if joined.Present.Count != 1 || joined.Present.Users[0].ID != "ada" {
		t.Errorf("alone, ada finds %+v", joined.Present)
	}

	tab1, joined := join(t, h, scope("bob"), "lobby", nil, newReader(false))
	tab2, _ := join(t, h, scope("bob"), "lobby", nil, newReader(false))
	if joined.Present.Count != 2 || joined.Present.Users[1].ID != "bob" {
		t.Errorf("bob finds %+v", joined.Present)
	}
	tab1.End() // the other one stays
	tab2.End() // and comes back within the grace
	tab3, joined := join(t, h, scope("bob"), "lobby", nil, newReader(false))
	if joined.Present.Count != 2 {
		t.Errorf("back within the grace, bob finds %+v", joined.Present)
	}
	cat, _ := join(t, h, scope("cat"), "lobby", nil, newReader(false))
	cat.End()
	ada.await(t, "cat's departure", func() bool {
		_, left := ada.changes()
		return slices.Contains(left, "cat")
	})
	if came, left := ada.changes(); slices.Contains(left, "bob") || slices.Index(came, "bob") != slices.Index(slices.Compact(came), "bob") {
		t.Errorf("ada was told that %v came and %v went", came, left)
	}
	tab3.End()
	ada.await(t, "bob's departure", func() bool {
		_, left := ada.changes()
		return slices.Contains(left, "bob")
	})
}

func TestALargeRoomIsToldOnlyTheCount(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	ada := newReader(false)
	sub, _ := join(t, h, scope("ada"), "lobby", nil, ada)
	sub.Start()
	var joined *hub.Joined
	for range hub.MaxPresent {
		_, joined = join(t, h, scope(hub.NewID()), "lobby", nil, newReader(false))
	}
	if joined.Present.Count != hub.MaxPresent+1 || joined.Present.Users != nil {
		t.Errorf("the last one finds %d users named, of %d", len(joined.Present.Users), joined.Present.Count)
	}
	ada.await(t, "the count alone", func() bool {
		if len(ada.said) == 0 {
			return false
		}
		d, ok := ada.said[len(ada.said)-1].Detail.(*hub.PresenceChanged)
		return ok && d.Count == hub.MaxPresent+1 && d.Joined == nil
	})
}

// Who comes in a storm is told with others, everybody once, and as a member too. Who was
// dismissed before that is not told as one.
func TestAStormOfJoinsIsToldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const users = 40
		h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
		ada := newReader(false)
		sub, _ := join(t, h, scope("ada"), "lobby", nil, ada)
		sub.Start()
		time.Sleep(time.Second) //nolint:forbidigo // synctest
		ada.take()
		var all []string
		for i := range users {
			user := fmt.Sprint("user", i)
			all = append(all, user)
			join(t, h, scope(user), "lobby", nil, newReader(false))
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // synctest
		}
		join(t, h, scope("eve"), "lobby", nil, newReader(false))
		if err := h.Dismiss(t.Context(), "lobby", "eve"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) //nolint:forbidigo // synctest
		told := 0
		var came, members []string
		for _, e := range ada.take() {
			switch d := e.Detail.(type) {
			case *hub.PresenceChanged:
				told++
				for _, p := range d.Joined {
					came = append(came, p.ID)
				}
			case *hub.MemberChanged:
				for _, p := range d.Added {
					members = append(members, p.ID)
				}
			}
		}
		if told > 3 {
			t.Errorf("%d joins in 0.4 s were told in %d events", users, told)
		}
		if !slices.Equal(members, all) || !slices.Equal(came, append(all, "eve")) {
			t.Errorf("ada was told that %v came, and %v became members", came, members)
		}
	})
}

// Where many rooms fill at once, what it takes to tell them all does not grow with how
// often they could be told. Soon after it all are told of everybody, and later whoever
// comes is shown at once again.
func TestARushOverManyRoomsIsToldLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rooms, users = 60, 60
		h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
		name := func(i int) string { return fmt.Sprint("room", i) }
		var first [rooms]*reader
		for i := range first {
			first[i] = newReader(false)
			sub, _ := join(t, h, scope("ada"), name(i), nil, first[i])
			sub.Start()
		}
		time.Sleep(2 * time.Second) //nolint:forbidigo // synctest
		for _, r := range first {
			r.take()
		}
		for u := range users { // within 0.6 s
			for i := range rooms {
				join(t, h, scope(fmt.Sprint("user", u)), name(i), nil, newReader(false))
			}
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // synctest
		}
		time.Sleep(2 * time.Second) //nolint:forbidigo // synctest
		told := 0
		for i, r := range first {
			var came int
			for _, e := range r.take() {
				if d, ok := e.Detail.(*hub.PresenceChanged); ok {
					told++
					came += len(d.Joined)
				}
			}
			if came != users {
				t.Errorf("two seconds later, %d of the %d that came to room %d have been told", came, users, i)
			}
		}
		if told > 2*rooms {
			t.Errorf("%d rooms that filled within 0.6 s were told %d times", rooms, told)
		}
		join(t, h, scope("eve"), name(0), nil, newReader(false))
		time.Sleep(60 * time.Millisecond) //nolint:forbidigo // synctest
		if came := len(first[0].take()); came == 0 {
			t.Error("after the rush, who came alone was not shown at once")
		}
	})
}

// A room of so many that nobody is told of each makes no rush.
func TestALargeRoomDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
		for u := range hub.MaxPresent + 1 {
			join(t, h, scope(fmt.Sprint("user", u)), "large", nil, newReader(false))
		}
		small := newReader(false)
		sub, _ := join(t, h, scope("ada"), "small", nil, small)
		sub.Start()
		time.Sleep(5 * time.Second) //nolint:forbidigo // synctest
		for u := range 300 {
			join(t, h, scope(fmt.Sprint("more", u)), "large", nil, newReader(false))
		}
		for _, user := range []string{"eve", "bob"} { // of whom the second one waits for the pause after the first
			small.take()
			join(t, h, scope(user), "small", nil, newReader(false))
			time.Sleep(260 * time.Millisecond) //nolint:forbidigo // synctest
			if came := len(small.take()); came == 0 {
				t.Errorf("%s was not shown within 260 ms", user)
			}
		}
	})
}
