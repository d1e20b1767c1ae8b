package chat

import (
	"slices"

	"hubbub/hub"
)

// place is what a join is known by: a scope may listen to a room in several
// ways, which its adapter tells apart by tags.
type place struct {
	room string
	tag  uint64
}

// joined is what a scope has joined. It is a list, since most have joined a few
// rooms, and there are many scopes: the smallest map takes ten times as much.
type joined []join

type join struct {
	place
	sub *hub.Subscription
}

// at returns the subscription there, nil where there is none.
func (j joined) at(p place) *hub.Subscription {
	if i := j.index(p); i >= 0 {
		return j[i].sub
	}
	return nil
}

// few is how many joins are looked through for what the hub can look up too.
const few = 16

// in returns one of the subscriptions in the room, nil where there is none, or
// where there are more than a few to look through.
func (j joined) in(room string) *hub.Subscription {
	if len(j) > few {
		return nil
	}
	for i := range j {
		if j[i].room == room {
			return j[i].sub
		}
	}
	return nil
}

func (j *joined) put(p place, sub *hub.Subscription) {
	if i := j.index(p); i >= 0 {
		(*j)[i].sub = sub
		return
	}
	*j = append(*j, join{p, sub})
}

func (j *joined) remove(p place) {
	if i := j.index(p); i >= 0 {
		*j = slices.Delete(*j, i, i+1)
	}
}

func (j joined) index(p place) int {
	return slices.IndexFunc(j, func(other join) bool { return other.place == p })
}
