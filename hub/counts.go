package hub

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// other is the name of what has none of its own in [Stats].
const other = "other"

// countedTypes are the events that rooms get.
var countedTypes = [...]string{
	TypeReceivedMessage, TypeReacted, TypeEditedMessage, TypeDeletedMessage, TypePressedButton,
	TypeTyping, TypeRead, TypePresenceChanged, TypeMemberChanged, TypeRoomRemoved, other,
}

// eventCounts counts events by type.
type eventCounts [len(countedTypes)]atomic.Uint64

func (c *eventCounts) add(typ string) {
	i := slices.Index(countedTypes[:], typ)
	if i < 0 {
		i = len(c) - 1
	}
	c[i].Add(1)
}

func (c *eventCounts) all() map[string]uint64 {
	all := make(map[string]uint64, len(c))
	for i, typ := range countedTypes {
		all[typ] = c[i].Load()
	}
	return all
}

// refusalCounts counts errors by their code.
type refusalCounts struct {
	mu     sync.Mutex
	byCode map[Code]uint64
}

func (c *refusalCounts) add(code Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byCode == nil {
		c.byCode = make(map[Code]uint64)
	}
	c.byCode[code]++
}

func (c *refusalCounts) all() map[Code]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.byCode)
}

// deliveries count what a shard delivers, by the names of formats. A frame log
// looks its count up once; so a delivery costs two additions that no other core
// waits for.
type deliveries struct {
	mu     sync.Mutex
	byName map[string]*deliveryCount
}

type deliveryCount struct {
	events, bytes atomic.Uint64
	_             [48]byte // a cache line of its own
}

func (d *deliveries) of(f Format) *deliveryCount {
	name := other
	if named, ok := f.(NamedFormat); ok {
		name = named.Name()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.byName[name]
	if c == nil {
		if d.byName == nil {
			d.byName = make(map[string]*deliveryCount)
		}
		c = new(deliveryCount)
		d.byName[name] = c
	}
	return c
}

func (c *deliveryCount) add(events, bytes int) {
	if bytes > 0 {
		c.events.Add(uint64(events))
		c.bytes.Add(uint64(bytes))
	}
}

func (d *deliveries) addTo(all map[string]Delivered) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, c := range d.byName {
		sum := all[name]
		sum.Events += c.events.Load()
		sum.Bytes += c.bytes.Load()
		all[name] = sum
	}
}
