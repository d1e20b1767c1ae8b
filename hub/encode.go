package hub

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// appendCommon appends the common fields as one object, as encoding/json writes
// [wire]. Messages are encoded here, by hand, since every one of them is; what is
// rare in them is left to encoding/json.
func appendCommon(dst []byte, e *Event) []byte {
	if len(e.Data) > 0 || len(e.Buttons) > 0 {
		return appendValue(dst, newWire(e))
	}
	dst = appendText(append(dst, `{"type":`...), e.Type)
	dst = appendField(dst, `,"room":`, e.Room)
	dst = appendField(dst, `,"id":`, e.ID)
	if e.Seq != 0 {
		dst = strconv.AppendInt(append(dst, `,"seq":`...), e.Seq, 10)
	}
	if !e.At.IsZero() {
		dst = append(appendTime(append(dst, `,"at":"`...), e.At.UTC()), '"')
	}
	if e.From.ID != "" {
		dst = appendParticipant(append(dst, `,"from":`...), &e.From)
	}
	dst = appendField(dst, `,"ref":`, e.Ref)
	dst = appendField(dst, `,"target":`, e.Target)
	dst = appendField(dst, `,"text":`, e.Text)
	dst = appendField(dst, `,"reply_to":`, e.ReplyTo)
	return append(dst, '}')
}

// appendField appends a field, unless it is empty.
func appendField(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return appendText(append(dst, name...), value)
}

// appendText appends s as a JSON string.
func appendText(dst []byte, s string) []byte {
	begin := len(dst)
	dst = append(append(dst, '"'), s...)
	ok, ascii := plain(dst[begin+1:])
	// Line and paragraph separators are written as escapes, for the sake of old
	// JavaScript, and what is not UTF-8 as what stands for it.
	if !ok || !ascii && (!utf8.ValidString(s) || strings.Contains(s, "\u2028") || strings.Contains(s, "\u2029")) {
		return appendValue(dst[:begin], s)
	}
	return append(dst, '"')
}

// appendTime appends t, which is in UTC, in [TimeLayout].
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, TimeLayout)
	}
	hour, minute, second := t.Clock()
	dst = append(append2(append2(dst, year/100), year%100), '-')
	dst = append(append2(dst, int(month)), '-')
	dst = append(append2(dst, day), 'T')
	dst = append(append2(dst, hour), ':')
	dst = append(append2(dst, minute), ':')
	dst = append(append2(dst, second), '.')
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(append2(append(dst, byte('0'+ms/100)), ms%100), 'Z')
}

// append2 appends n as two digits.
func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
