package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"hubbub/hub"
)

// recalled is how many messages of a room a transcript can say what was done to.
const recalled = 1000

// transcript prints events as people read them, a line each, below one another.
type transcript struct {
	out    io.Writer
	notes  io.Writer
	paint  painter
	column int // width of the rooms' names; 0 where there is one room
	day    string
	rooms  map[string]*memory
}

var _ printer = (*transcript)(nil)

// memory is what a transcript knows of a room's messages.
type memory struct {
	said   map[string]said // by id
	oldest []string        // ids, in order
	folded map[string]int64
}

// said is a message as it is named later on.
type said struct {
	from, text string
}

func newTranscript(out, notes io.Writer, paint painter, rooms []string) *transcript {
	t := &transcript{out: out, notes: notes, paint: paint, day: time.Now().Format(time.DateOnly), rooms: make(map[string]*memory)}
	for _, name := range rooms {
		if len(rooms) > 1 {
			t.column = max(t.column, len(name))
		}
		t.rooms[name] = &memory{said: make(map[string]said), folded: make(map[string]int64)}
	}
	return t
}

func (t *transcript) note(text string) { _, _ = fmt.Fprintln(t.notes, t.paint.odd("hubbub: "+text)) }

func (t *transcript) gap(room string, g hub.Gap) error {
	missed := g.Next - g.After - 1
	return t.line(room, "        ", t.paint.odd(fmt.Sprintf("… %d missed: seq %d to %d are not kept", missed, g.After+1, g.Next-1)))
}

func (t *transcript) event(room string, entry *hub.Entry) error {
	e := &entry.Event
	m := t.rooms[room]
	if rev := m.folded[e.Target]; e.Seq <= rev {
		if e.Seq == rev {
			delete(m.folded, e.Target)
		}
		return nil // the message was printed as this left it
	}
	text := t.text(m, e)
	if text == "" {
		return nil
	}
	if day := e.At.Local().Format(time.DateOnly); !e.At.IsZero() && day != t.day {
		t.day = day
		if _, err := fmt.Fprintln(t.out, t.paint.dim("── "+e.At.Local().Format("Monday, 2 January 2006")+" ──")); err != nil {
			return err
		}
	}
	return t.line(room, t.paint.dim(e.At.Local().Format(time.TimeOnly)), text)
}

// line prints text, whose lines stand below one another.
func (t *transcript) line(room, clock, text string) error {
	label, indent := "", strings.Repeat(" ", len(time.TimeOnly)+1)
	if t.column > 0 {
		label = t.paint.as(room, fmt.Sprintf("%-*s", t.column, room)) + " "
		indent += strings.Repeat(" ", t.column+1)
	}
	_, err := fmt.Fprintln(t.out, label+clock+" "+strings.ReplaceAll(text, "\n", "\n"+indent))
	return err
}

// text says what happened, and remembers it.
func (t *transcript) text(m *memory, e *hub.Event) string {
	from := excerpt(e.From.Name, hub.MaxUserName)
	who := t.paint.as(e.From.ID, from)
	switch d := e.Detail.(type) {
	case *hub.Reaction:
		if d.Remove {
			return who + t.paint.dim(" took "+printable(d.Emoji)+" back from "+m.name(e.Target))
		}
		return who + t.paint.dim(" reacted ") + printable(d.Emoji) + t.paint.dim(" to "+m.name(e.Target))
	case *hub.Press:
		return who + t.paint.dim(" pressed ") + printable(d.Action) + t.paint.dim(" of "+m.name(e.Target))
	}
	switch e.Type {
	case hub.TypeReceivedMessage:
		return who + t.message(m, e, from)
	case hub.TypeEditedMessage:
		if e.Text == "" { // a later one took its text away
			return who + t.paint.dim(" edited "+m.name(e.Target))
		}
		was := m.name(e.Target)
		m.keep(e.Target, said{from, e.Text})
		return who + t.paint.dim(" edited "+was+": ") + printable(e.Text)
	case hub.TypeDeletedMessage:
		was := m.said[e.Target]
		m.keep(e.Target, said{was.from, ""})
		return who + t.paint.dim(" deleted a message")
	case hub.TypeDamaged:
		return t.paint.bad("an event that cannot be read: the hub's file is damaged here")
	default:
		return who + t.paint.dim(" "+e.Type)
	}
}

// message says what a message says, as it stands.
func (t *transcript) message(m *memory, e *hub.Event, from string) string {
	standing, _ := e.Detail.(*hub.Standing)
	if standing != nil {
		m.folded[e.ID] = standing.Rev
	}
	var b strings.Builder
	if e.ReplyTo != "" {
		b.WriteString(t.paint.dim(" to " + m.name(e.ReplyTo)))
	}
	m.keep(e.ID, said{from, e.Text})
	b.WriteString(": ")
	switch {
	case standing != nil && standing.Deleted:
		b.WriteString(t.paint.dim("(deleted)"))
		return b.String()
	case e.Text != "":
		b.WriteString(printable(e.Text))
	}
	if len(e.Data) > 0 {
		var data bytes.Buffer
		if json.Compact(&data, e.Data) == nil {
			b.WriteString(t.paint.dim(strings.TrimPrefix(" "+printable(data.String()), map[bool]string{true: " "}[e.Text == ""])))
		}
	}
	for _, button := range e.Buttons {
		b.WriteString(t.paint.dim(" [" + excerpt(button.Label, 40) + "]"))
	}
	if standing != nil {
		if standing.Edited > 0 {
			b.WriteString(t.paint.dim(" (edited)"))
		}
		for _, r := range standing.Reactions {
			b.WriteString(" " + printable(r.Emoji) + t.paint.dim(fmt.Sprint(len(r.Users))))
		}
	}
	return b.String()
}

// keep remembers what a message says, and forgets the oldest ones.
func (m *memory) keep(id string, what said) {
	if _, ok := m.said[id]; !ok {
		m.oldest = append(m.oldest, id)
	}
	m.said[id] = what
	if len(m.oldest) > recalled {
		delete(m.said, m.oldest[0])
		delete(m.folded, m.oldest[0])
		m.oldest = m.oldest[1:]
	}
}

// name says which message is meant.
func (m *memory) name(id string) string {
	switch of, ok := m.said[id]; {
	case !ok:
		return "an earlier message"
	case of.text == "":
		return "a message of " + of.from
	default:
		return "“" + excerpt(of.text, 40) + "”"
	}
}

// jsonLines prints each event as the hub serves it, and gaps among them.
type jsonLines struct{ out, notes io.Writer }

var _ printer = jsonLines{}

func (j jsonLines) event(_ string, e *hub.Entry) error {
	_, err := fmt.Fprintf(j.out, "%s\n", e.JSON)
	return err
}

func (j jsonLines) gap(room string, g hub.Gap) error {
	return j.event(room, hub.NewEntry(hub.Event{Type: hub.TypeRoomGap, Room: room, Detail: &g}))
}

func (j jsonLines) note(text string) { _, _ = fmt.Fprintln(j.notes, "hubbub:", text) }
