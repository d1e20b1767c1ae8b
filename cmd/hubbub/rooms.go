package main

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"hubbub/hub"
)

// roomRule sets what holds for the rooms whose names match. What it leaves out
// is as for all rooms.
type roomRule struct {
	pattern string // of package path
	policy  *hub.Policy
	create  string
}

func (r *roomRule) matches(room string) bool {
	ok, _ := path.Match(r.pattern, room) // checked when it was read
	return ok
}

// policy says how a room's log is kept: the first rule that matches and says so
// decides.
func (c *Config) policy(room string) hub.Policy {
	for _, r := range c.RoomRules {
		if r.policy != nil && r.matches(room) {
			return *r.policy
		}
	}
	return c.RoomsHistory
}

// mayCreate says whether a scope may make a room. Bots are the operator's own.
func (c *Config) mayCreate(s *hub.Scope, room string) bool {
	who := c.RoomsCreate
	for _, r := range c.RoomRules {
		if r.create != "" && r.matches(room) {
			who = r.create
			break
		}
	}
	switch who {
	case "anyone":
		return true
	case "members":
		return s.User.Kind == hub.Person || s.User.Kind == hub.Bot
	default:
		return s.User.Kind == hub.Bot
	}
}

// history takes forever, none, a time in days (30d) or hours (12h), or a number
// of events.
func history(dst *hub.Policy, v any) error {
	s := strings.TrimSpace(fmt.Sprint(v))
	bad := fmt.Errorf("%q is no history. Write forever, none, a time such as 30d or 12h, or a number of events such as 10000", s)
	switch s {
	case "forever":
		*dst = hub.Policy{}
		return nil
	case "none":
		*dst = hub.Policy{Ephemeral: true}
		return nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n < 1 {
			return bad
		}
		*dst = hub.Policy{Keep: hub.Keep{Events: n}}
		return nil
	}
	number, unit := s[:max(0, len(s)-1)], s[max(0, len(s)-1):]
	n, err := strconv.ParseInt(number, 10, 64)
	each := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour}[unit]
	if err != nil || each == 0 || n < 1 || n > int64(100*365*24*time.Hour/each) {
		return bad
	}
	*dst = hub.Policy{Keep: hub.Keep{Age: time.Duration(n) * each}}
	return nil
}

// rules takes a list of rules or, from the environment, pattern=history with
// commas between.
func rules(dst *[]roomRule, v any) error {
	var items []any
	switch v := v.(type) {
	case []any:
		items = v
	case string:
		for word := range strings.SplitSeq(v, ",") {
			if strings.TrimSpace(word) == "" {
				continue
			}
			pattern, keep, _ := strings.Cut(word, "=")
			items = append(items, map[string]any{"rooms": strings.TrimSpace(pattern), "history": strings.TrimSpace(keep)})
		}
	default:
		return fmt.Errorf("%v is no list of rules. Write such as [{rooms: \"sensor.*\", history: none}]", v)
	}
	for i, item := range items {
		r, err := parseRule(item)
		if err != nil {
			return itemError{i + 1, fmt.Errorf("rule %d: %w", i+1, err)}
		}
		*dst = append(*dst, r)
	}
	return nil
}

func parseRule(item any) (r roomRule, err error) {
	fields, ok := item.(map[string]any)
	if !ok {
		return r, fmt.Errorf("%v is no rule. Write such as {rooms: \"sensor.*\", history: none}", item)
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		v := fields[key]
		switch key {
		case "rooms":
			err = pattern(&r.pattern, v)
		case "history":
			r.policy = new(hub.Policy)
			err = history(r.policy, v)
		case "create":
			err = oneOf(&r.create, v, "anyone", "members", "admins")
		default:
			err = fmt.Errorf("%s is nothing that a rule sets. Write rooms, history or create", key)
		}
		if err != nil {
			return r, err
		}
	}
	switch {
	case r.pattern == "":
		return r, errors.New("it lacks rooms, the pattern of names that it is for, such as \"sensor.*\"")
	case r.policy == nil && r.create == "":
		return r, errors.New("it sets nothing. Write history or create")
	}
	return r, nil
}

// pattern takes a pattern that can match the name of a room.
func pattern(dst *string, v any) error {
	s, _ := v.(string)
	if _, err := path.Match(s, "x"); err != nil || s == "" || strings.ContainsAny(s, "/ \t") || strings.ToLower(s) != s {
		return fmt.Errorf("%q matches no name of a room. Write a name where * stands for any letters and ? for one, such as \"sensor.*\"", fmt.Sprint(v))
	}
	*dst = s
	return nil
}
