package redis

import (
	"maps"
	"slices"
)

// member is what this process knows of the groups that a channel is in which it
// owns: those to which it was added here. With it a server that lost its memory is
// told again.
type member struct {
	groups map[string]bool
	life   string // that the memberships hold by
	flush  string // the last one, when a group was added
}

// joined notes a membership of a channel that is owned here.
func (h *held) joined(name, group, life, flush string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.byName[name]
	if c == nil || len(c.owners) == 0 {
		return
	}
	if c.member.groups == nil {
		c.member.groups = make(map[string]bool)
	}
	c.member.groups[group] = true
	c.member.life, c.member.flush = life, flush
}

// parted forgets a membership.
func (h *held) parted(name, group string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.byName[name]; c != nil {
		delete(c.member.groups, group)
	}
}

// lost returns the groups that the server does not know of any more: the channel
// lives another life, or none, and not since it was flushed.
func (h *held) lost(c *channel, life, flush string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(c.member.groups) == 0 || life == c.member.life {
		return nil
	}
	if flush != "" && flush != c.member.flush {
		c.member = member{}
		return nil
	}
	return slices.Sorted(maps.Keys(c.member.groups))
}
