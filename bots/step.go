package bots

import (
	"fmt"
	"math/rand/v2"

	"hubbub/hub"
)

// step is one thing that a rule does. Steps follow each other in the order in which
// they are written, and all that they do is one commit.
type step interface {
	do(a *act) error
}

// reply says one of its texts, at random.
type reply struct {
	texts   []template
	buttons []button
}

// button is what a reply may have.
type button struct{ action, label template }

const maxButtonText = 80 // bytes of a label or an action, as the hub allows

func (r *reply) do(a *act) error {
	text, err := r.texts[rand.IntN(len(r.texts))].expand(a)
	if err != nil {
		return err
	}
	var buttons []hub.Button
	for i := range r.buttons {
		action, err := r.buttons[i].action.expand(a)
		if err != nil {
			return err
		}
		label, err := r.buttons[i].label.expand(a)
		if err != nil {
			return err
		}
		if action != "" && label != "" {
			buttons = append(buttons, hub.Button{Action: cut(action, maxButtonText), Label: cut(label, maxButtonText)})
		}
	}
	a.say(text, buttons...)
	return nil
}

// react puts an emoji to the message.
type react struct{ emoji template }

func (r *react) do(a *act) error {
	emoji, err := r.emoji.expand(a)
	if err != nil || emoji == "" {
		return err
	}
	a.events = append(a.events, hub.Event{
		Type: hub.TypeReact, Room: a.event.Room, Target: a.message(), Detail: &hub.Reaction{Emoji: emoji},
	})
	return nil
}

// edit gives the message whose button was pressed another text.
type edit struct{ text template }

func (e *edit) do(a *act) error {
	text, err := e.text.expand(a)
	if err != nil || text == "" {
		return err
	}
	a.events = append(a.events, hub.Event{Type: hub.TypeEditMessage, Room: a.event.Room, Target: a.message(), Text: text})
	return nil
}

// set changes variables, all of them at once: what one is set to does not see the
// others' new values.
type set []assignment

type assignment struct {
	variable *variable
	value    func(*act) (any, error)
	file     string
	line     int
}

func (s set) do(a *act) error {
	values := make([]any, len(s))
	for i, as := range s {
		v, err := as.value(a)
		if err == nil {
			v, err = as.variable.fit(v)
			if err != nil {
				err = fmt.Errorf("%s:%d: %w", as.file, as.line, err)
			}
		}
		if err != nil {
			return err
		}
		values[i] = v
	}
	for i, as := range s {
		a.assign(as.variable, values[i])
	}
	return nil
}

// forget has all variables begin anew.
type forget struct{}

func (forget) do(a *act) error {
	a.forget()
	return nil
}

// endStep ends the conversation.
type endStep struct{}

func (endStep) do(a *act) error {
	a.end = true
	return nil
}
