package hub_test

import (
	"slices"
	"testing"
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
