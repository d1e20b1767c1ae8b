package mqtt

import (
	"slices"
	"strings"
	"sync/atomic"
)

// node is a level of the filters that clients have subscribed to, and of the topics
// that have a retained message. The root is level none.
type node struct {
	parent   *node
	level    string
	below    map[string]*node
	subs     []*ordinary       // each client once
	groups   map[string]*group // of shared subscriptions, by name
	retained *message
}

// seek returns the node of a filter or a topic; nil where there is none, unless it
// is to be made.
func (n *node) seek(path string, create bool) *node {
	for level := range strings.SplitSeq(path, "/") {
		next := n.below[level]
		if next == nil {
			if !create {
				return nil
			}
			next = n.add(level)
		}
		n = next
	}
	return n
}

func (n *node) add(level string) *node {
	if n.below == nil {
		n.below = make(map[string]*node)
	}
	// A level is a part of a packet, which it would keep in memory.
	next := &node{parent: n, level: strings.Clone(level)}
	n.below[next.level] = next
	return next
}

// trim removes the node, and those above it, where nothing is there any more.
func (n *node) trim() {
	for n.parent != nil && len(n.below)+len(n.subs)+len(n.groups) == 0 && n.retained == nil {
		delete(n.parent.below, n.level)
		n = n.parent
	}
}

// match visits the nodes of the filters that match a topic (MQTT 5, 4.7).
func (n *node) match(topic string, visit func(*node)) {
	n.visitAll(visit)
	level, rest, more := strings.Cut(topic, "/")
	for _, key := range [...]string{level, "+"} {
		switch next := n.below[key]; {
		case next == nil:
		case more:
			next.match(rest, visit)
		default:
			visit(next)
			next.visitAll(visit) // a/# is about a too
		}
	}
}

func (n *node) visitAll(visit func(*node)) {
	if all := n.below["#"]; all != nil {
		visit(all)
	}
}

// find visits the retained messages whose topics match a filter.
func (n *node) find(filter string, visit func(*message)) {
	level, rest, more := strings.Cut(filter, "/")
	var next func(*node)
	switch {
	case level == "#":
		n.each(visit)
		return
	case more:
		next = func(n *node) { n.find(rest, visit) }
	default:
		next = func(n *node) {
			if n.retained != nil {
				visit(n.retained)
			}
		}
	}
	if level != "+" {
		if n := n.below[level]; n != nil {
			next(n)
		}
		return
	}
	for level, n := range n.below {
		if isTopic(level) {
			next(n)
		}
	}
}

// each visits the retained messages here and below.
func (n *node) each(visit func(*message)) {
	if n.retained != nil {
		visit(n.retained)
	}
	for level, n := range n.below {
		if isTopic(level) {
			n.each(visit)
		}
	}
}

func isTopic(level string) bool { return level != "+" && level != "#" }

// ordinary is a client's subscription to ordinary topics.
type ordinary struct {
	session     *session
	filter      string // as the client gave it
	node        *node
	group       *group // nil where it is not shared
	qos         byte   // granted
	noLocal     bool
	asPublished bool   // Retain As Published (MQTT 5, 3.8.3.1)
	identifier  []byte // the property, encoded; empty where there is none
}

// group are the clients that share a subscription: each message goes to one of
// them (MQTT 5, 4.8.2).
type group struct {
	name    string
	members []*ordinary
	next    atomic.Uint32 // whose turn it is, counted on
}

// enter adds the subscription to the node of its filter.
func (o *ordinary) enter(n *node, share string) {
	o.node = n
	if share == "" {
		n.subs = append(n.subs, o)
		return
	}
	if o.group = n.groups[share]; o.group == nil {
		if n.groups == nil {
			n.groups = make(map[string]*group)
		}
		o.group = &group{name: strings.Clone(share)}
		n.groups[o.group.name] = o.group
	}
	o.group.members = append(o.group.members, o)
}

func (o *ordinary) leave() {
	n, other := o.node, func(i *ordinary) bool { return i == o }
	if g := o.group; g != nil {
		if g.members = slices.DeleteFunc(g.members, other); len(g.members) == 0 {
			delete(n.groups, g.name)
		}
	} else if i := slices.IndexFunc(n.subs, other); i >= 0 {
		last := len(n.subs) - 1
		n.subs[i], n.subs[last] = n.subs[last], nil
		n.subs = n.subs[:last]
	}
	n.trim()
}
