package bots

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// textOf is a value as people read it.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Duration:
		return durationText(v)
	case time.Time:
		return v.Format("2006-01-02 15:04")
	case []string:
		return strings.Join(v, ", ")
	case []any:
		texts := make([]string, len(v))
		for i, of := range v {
			texts[i] = textOf(of)
		}
		return strings.Join(texts, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// durationText leaves out what is nothing: 1h30m instead of 1h30m0s.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
