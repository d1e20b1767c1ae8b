package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hubbub/hub"
)

// since is where a tail begins: after a seq, or with a time.
type since struct {
	seq int64
	at  time.Time // zero where a seq is meant
}

// parseSince takes all, a seq, a time that has passed (90m, 2h, 7d), a time of
// today or yesterday (15:04), a day or a moment.
func parseSince(word string, now time.Time) (*since, error) {
	if word == "all" {
		return &since{}, nil
	}
	if n, err := strconv.ParseInt(word, 10, 64); err == nil && n >= 0 {
		return &since{seq: n}, nil
	}
	if d, err := passed(word); err == nil && d >= 0 {
		return &since{at: now.Add(-d)}, nil
	}
	if t, err := time.ParseInLocation("15:04", word, now.Location()); err == nil {
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.After(now) {
			at = at.AddDate(0, 0, -1)
		}
		return &since{at: at}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, word, now.Location()); err == nil {
			return &since{at: t}, nil
		}
	}
	return nil, usageError{fmt.Errorf("--since %q is no place in a log. Write all, a seq such as 41, or a time: 90m, 2h, 7d, 15:04, 2006-01-02 or 2006-01-02T15:04", word)}
}

// passed parses a duration that may be of days.
func passed(word string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(word, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 32)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(word)
}

// search finds where a time lies in a log, whose times never go back, by asking
// for single events: a log of a million takes twenty.
type search struct {
	at     time.Time
	lo, hi int64 // the newest event before the time is at lo or above, and not above hi
}

// next returns the request that halves what is left, or nil when lo is the
// newest event before the time.
func (s *search) next() *hub.HistoryRequest {
	if s.lo >= s.hi {
		return nil
	}
	middle := s.lo + (s.hi-s.lo)/2
	return &hub.HistoryRequest{After: &middle, Limit: 1}
}

// found takes the answer to what next asked.
func (s *search) found(page []*hub.Entry) {
	middle := s.lo + (s.hi-s.lo)/2
	switch {
	case len(page) == 0 || !page[0].Event.At.Before(s.at):
		s.hi = middle
	default:
		s.lo = max(page[0].Event.Seq, middle+1) // what lies between is not kept
	}
}
