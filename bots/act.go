package bots

import (
	"encoding/json"
	"maps"

	"hubbub/hub"
)

// act is the rules at work on one event: what they may speak of, and what comes of
// it.
type act struct {
	def   *Definition
	event *hub.Event
	user  hub.Participant
	vars  map[string]any // those that are not as they begin; not changed in place

	env    map[string]any // made when an expression first needs it
	found  []finding      // what triggers found, for env
	groups []int          // of the newest match: pairs of offsets in the text
	misuse *misuse        // of the command that came closest to being used

	events []hub.Event
	set    map[string]any // vars as they are from now on; nil for as before
	end    bool
}

type finding struct {
	name  string
	value any
}

// note has expressions know what a trigger found.
func (a *act) note(name string, value any) {
	if a.env != nil {
		a.env[name] = value
		return
	}
	a.found = append(a.found, finding{name, value})
}

// environment returns what expressions may speak of.
func (a *act) environment() map[string]any {
	if a.env != nil {
		return a.env
	}
	a.env = make(map[string]any, 8+len(a.found)+len(a.def.variables))
	a.env["user"] = map[string]any{"id": a.user.ID, "name": a.user.Name, "kind": string(a.user.Kind), "via": a.user.Via}
	a.env["room"] = a.event.Room
	a.env["text"] = a.event.Text
	if a.def.data {
		var data map[string]any // anything else is none
		_ = json.Unmarshal(a.event.Data, &data)
		a.env["data"] = data
	}
	for i := range a.def.variables {
		v := &a.def.variables[i]
		a.env[v.name] = a.variable(v)
	}
	for _, f := range a.found {
		a.env[f.name] = f.value
	}
	return a.env
}

// variable returns the value of v, which is what it begins with until it is set.
func (a *act) variable(v *variable) any {
	vars := a.vars
	if a.set != nil {
		vars = a.set
	}
	if value, ok := vars[v.name]; ok {
		return value
	}
	return v.start
}

// assign sets a variable from now on.
func (a *act) assign(v *variable, value any) {
	if a.set == nil {
		if a.set = maps.Clone(a.vars); a.set == nil {
			a.set = make(map[string]any)
		}
	}
	if v.isStart(value) {
		delete(a.set, v.name)
	} else {
		a.set[v.name] = value
	}
	if a.env != nil {
		a.env[v.name] = value
	}
}

// forget has all variables be what they begin with.
func (a *act) forget() {
	a.set = make(map[string]any)
	for i := range a.def.variables {
		if v := &a.def.variables[i]; a.env != nil {
			a.env[v.name] = v.start
		}
	}
}

func (a *act) group(n int) string {
	if 2*n+1 >= len(a.groups) || a.groups[2*n] < 0 {
		return ""
	}
	return a.event.Text[a.groups[2*n]:a.groups[2*n+1]]
}

// say has the bot say text, if there is any.
func (a *act) say(text string, buttons ...hub.Button) {
	if text != "" {
		a.events = append(a.events, hub.Event{Type: hub.TypeSendMessage, Room: a.event.Room, Text: text, Buttons: buttons})
	}
}

// message returns the id of the message that the event is, or is about.
func (a *act) message() string {
	if a.event.Type == hub.TypePressedButton {
		return a.event.Target
	}
	return a.event.ID
}
