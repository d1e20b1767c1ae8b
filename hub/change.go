package hub

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of reactions to one message.
const (
	MaxEmoji          = 64  // bytes of a reaction
	MaxReactionEmojis = 20  // different ones
	MaxReactionUsers  = 500 // of all emojis together
)

// IsChange reports whether events of type typ are about an earlier message, their
// Target, so that a store appends them by way of [Change].
func IsChange(typ string) bool {
	switch typ {
	case TypeEditedMessage, TypeDeletedMessage, TypeReacted, TypePressedButton:
		return true
	default:
		return false
	}
}

// Changed is what a change does to the log beside being appended to it. What is
// rewritten keeps its place in the log and its ref.
type Changed struct {
	// Target is the message as it stands from now on; nil where it stands as
	// before.
	Target *Event
	// Superseded is the seq of the earlier edit that [Supersede] rewrites; 0
	// where there is none.
	Superseded int64
}

// Change returns what the change e does to the log that holds the message target
// as it stands now. It completes e's detail; e has its seq already. An error
// refuses the change. Neither target nor what it points to is changed.
//
// Stores call it in the transaction that appends e, so that history is always
// as it stands.
func Change(target, e *Event) (Changed, error) {
	if target.Type != TypeReceivedMessage {
		return Changed{}, NoTarget(e)
	}
	now := Standing{Rev: e.Seq}
	if was, ok := target.Detail.(*Standing); ok {
		now.Edited, now.Deleted, now.Reactions = was.Edited, was.Deleted, was.Reactions
	}
	if now.Deleted {
		return Changed{}, Errorf(Conflict, "The message was deleted; nothing can be done with it any more.")
	}
	after := *target
	after.Detail = &now
	var err error
	switch e.Type {
	case TypePressedButton:
		return Changed{}, press(target, e)
	case TypeReacted:
		err = react(&now, e)
		return Changed{Target: &after}, err
	}
	if target.From.ID != e.From.ID {
		return Changed{}, Errorf(Forbidden, "Only who sent a message can change or delete it.")
	}
	c := Changed{Target: &after, Superseded: now.Edited}
	e.Detail = &Revision{Replaces: max(target.Seq, now.Edited)}
	if e.Type == TypeEditedMessage {
		after.Text, now.Edited = e.Text, e.Seq
		return c, nil
	}
	after.Text, after.Data, after.Buttons = "", nil, nil
	now.Edited, now.Deleted, now.Reactions = 0, true, nil
	return c, nil
}

// Supersede returns an edit without its text, which the change by, of the same
// message, took away.
func Supersede(edit, by *Event) Event {
	after := *edit
	rev := Revision{Rev: by.Seq}
	if was, ok := edit.Detail.(*Revision); ok {
		rev.Replaces = was.Replaces
	}
	after.Text, after.Detail = "", &rev
	return after
}

// NoTarget returns the [NotFound] error of the change e, whose target the room's
// log does not hold. Stores return it.
func NoTarget(e *Event) error {
	return Errorf(NotFound, "There is no message %.64q in this room's log. A target is the id of a message.", e.Target)
}

func press(target, e *Event) error {
	p, _ := e.Detail.(*Press)
	if p == nil || !slices.ContainsFunc(target.Buttons, func(b Button) bool { return b.Action == p.Action }) {
		return Errorf(NotFound, "The message has no such button. An action is that of one of its buttons.")
	}
	e.Detail = &Press{Action: p.Action, Of: target.From.ID}
	return nil
}

// react puts a reaction into the list, or takes it out. Doing either twice is
// doing it once.
func react(now *Standing, e *Event) error {
	r, _ := e.Detail.(*Reaction)
	if r == nil {
		return Errorf(Invalid, "A reaction needs an emoji, such as {\"emoji\":\"👍\"}.")
	}
	now.Reactions = slices.Clone(now.Reactions)
	at := slices.IndexFunc(now.Reactions, func(of Reactions) bool { return of.Emoji == r.Emoji })
	if r.Remove {
		if at >= 0 {
			of := &now.Reactions[at]
			of.Users = slices.DeleteFunc(slices.Clone(of.Users), func(id string) bool { return id == e.From.ID })
			if len(of.Users) == 0 {
				now.Reactions = slices.Delete(now.Reactions, at, at+1)
			}
		}
		return nil
	}
	if at < 0 {
		if len(now.Reactions) == MaxReactionEmojis {
			return Errorf(Conflict, "A message takes at most %d different reactions. Use one that is there.", MaxReactionEmojis)
		}
		at = len(now.Reactions)
		now.Reactions = append(now.Reactions, Reactions{Emoji: r.Emoji})
	}
	if of := &now.Reactions[at]; !slices.Contains(of.Users, e.From.ID) {
		if now.reacted() >= MaxReactionUsers {
			return Errorf(Conflict, "A message takes at most %d reactions, and has them. Take one of yours back, or say it in words.", MaxReactionUsers)
		}
		of.Users = append(slices.Clone(of.Users), e.From.ID)
	}
	return nil
}

// reacted returns how many reactions there are.
func (s *Standing) reacted() (n int) {
	for _, of := range s.Reactions {
		n += len(of.Users)
	}
	return n
}

// change returns the event that the room gets for a command of scope s about an
// earlier message, or what is wrong with it. Whether there is such a message,
// and whether s may, the store says.
func (h *Hub) change(s *Scope, e *Event) (Event, error) {
	if err := CheckRef(e.Ref); err != nil {
		return Event{}, err
	}
	if e.Target == "" || len(e.Target) > MaxRef || !printable(e.Target) {
		return Event{}, Errorf(Invalid, "A %s needs a target, the id of a message.", e.Type)
	}
	c := Event{Room: e.Room, ID: NewID(), From: s.Participant(), Ref: e.Ref, Target: e.Target, Origin: s.ID}
	switch e.Type {
	case TypeEditMessage:
		c.Type, c.Text = TypeEditedMessage, e.Text
		if e.Text == "" {
			return Event{}, Errorf(Invalid, "An edited message needs text. To take it away, delete it.")
		}
		return c, h.checkText(e.Text)
	case TypeDeleteMessage:
		c.Type = TypeDeletedMessage
		return c, nil
	case TypeReact:
		r, _ := e.Detail.(*Reaction)
		if r == nil || !isEmoji(r.Emoji) {
			return Event{}, Errorf(Invalid, "A reaction needs an emoji, or a word of at most %d bytes without spaces.", MaxEmoji)
		}
		c.Type, c.Detail = TypeReacted, &Reaction{Emoji: r.Emoji, Remove: r.Remove}
		return c, nil
	default: // TypePressButton
		p, _ := e.Detail.(*Press)
		if p == nil || p.Action == "" || len(p.Action) > maxButtonText || !printable(p.Action) {
			return Event{}, Errorf(Invalid, "A %s needs the action of one of the message's buttons.", e.Type)
		}
		c.Type, c.Detail = TypePressedButton, &Press{Action: p.Action}
		return c, nil
	}
}

func isEmoji(s string) bool {
	return s != "" && len(s) <= MaxEmoji && utf8.ValidString(s) &&
		strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) < 0
}
