package hubtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"hubbub/hub"
)

// maxSaid is how many of the last events a failure shows.
const maxSaid = 20

// transcript is what was said in a scope, for the one who reads why a test failed.
type transcript struct {
	lines []string
	more  int // lines that were left out
}

func (t *transcript) note(arrow string, e *hub.Event) { t.line(arrow + " " + describe(e)) }

func (t *transcript) line(line string) {
	if len(t.lines) == maxSaid {
		t.lines = append(t.lines[:0], t.lines[1:]...)
		t.more++
	}
	t.lines = append(t.lines, "\n\t"+line)
}

// String says which scope it is.
func (c *Conn) String() string {
	return fmt.Sprintf("the %s scope %s of %s", c.before.Type, c.before.Path, c.before.User.Name)
}

// said is the end of a message about a failure.
func (c *Conn) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lines) == 0 {
		return "; nothing was said"
	}
	var b strings.Builder
	b.WriteString("; what was said, → to the consumer, ← by it:")
	if c.more > 0 {
		fmt.Fprintf(&b, "\n\t(%d before)", c.more)
	}
	for _, line := range c.lines {
		b.WriteString(line)
	}
	return b.String()
}

// describe writes an event in one line.
func describe(e *hub.Event) string {
	common := *e
	common.Detail = nil
	line := e.Type
	if rest := string(hub.AppendJSON(nil, &common)); rest != fmt.Sprintf(`{"type":%q}`, e.Type) {
		line += " " + rest
	}
	switch d := e.Detail.(type) {
	case nil:
		return line
	case *hub.SocketMessage:
		return fmt.Sprintf("%s %.200q", line, d.Data)
	case *hub.HTTPRequest:
		return fmt.Sprintf("%s %s %v %.200q", line, d.Method, d.Query, d.Body)
	case *hub.HTTPResponse:
		return fmt.Sprintf("%s %d %.200q", line, d.Status, d.Body)
	case *hub.MQTTPublish:
		return fmt.Sprintf("%s %s %.200q", line, d.Topic, d.Payload)
	case *hub.MQTTMessage:
		return fmt.Sprintf("%s %s %.200q", line, d.Topic, d.Payload)
	case *hub.ChannelMessage:
		return fmt.Sprintf("%s %.200q", line, d.Body)
	}
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Sprintf("%s %.500v", line, e.Detail)
	}
	return fmt.Sprintf("%s %.500s", line, detail)
}

func copyOf(s *hub.Scope) *hub.Scope {
	return s.With(func(c *hub.Scope) {
		c.Params, c.Headers, c.Query = slices.Clone(s.Params), s.Headers.Clone(), maps.Clone(s.Query)
	})
}

// changed returns the name of a field that is another now.
func changed(before, now *hub.Scope) string {
	b, n := reflect.ValueOf(before).Elem(), reflect.ValueOf(now).Elem()
	for i := range b.NumField() {
		if !reflect.DeepEqual(b.Field(i).Interface(), n.Field(i).Interface()) {
			return b.Type().Field(i).Name
		}
	}
	return ""
}
