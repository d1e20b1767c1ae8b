package http

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hubbub/hub"
)

const (
	pathMessages = "/api/v1/rooms/{room}/messages"
	pathMessage  = pathMessages + "/{id}"
	pathReaction = pathMessage + "/reactions/{emoji}"
)

// messages registers what is said and what becomes of it.
func (a *api) messages(h huma.API) {
	register(h, tagMessages, huma.Operation{
		OperationID: "send-message", Method: http.MethodPost, Path: pathMessages,
		Summary: "Send a message", DefaultStatus: http.StatusCreated,
		Description:  "Answers once the message is in the room's log. The same ref again is the same message.",
		MaxBodyBytes: int64(2 * hub.DefaultMaxEvent),
	}, a.send)
	register(h, tagMessages, huma.Operation{
		OperationID: "list-messages", Method: http.MethodGet, Path: pathMessages,
		Summary:     "Read a room's log",
		Description: "A page in ascending order: after a seq, before one, or the newest. Messages are as they stand now.",
	}, a.history)
	register(h, tagMessages, huma.Operation{
		OperationID: "edit-message", Method: http.MethodPatch, Path: pathMessage,
		Summary:      "Change a message's text",
		Description:  "Only who sent a message may. Its earlier text is nowhere any more.",
		MaxBodyBytes: int64(2 * hub.DefaultMaxEvent),
	}, a.edit)
	register(h, tagMessages, huma.Operation{
		OperationID: "delete-message", Method: http.MethodDelete, Path: pathMessage,
		Summary:     "Delete a message",
		Description: "Only who sent a message may. Its place in the log stays, without text.",
	}, a.remove)
	register(h, tagMessages, huma.Operation{
		OperationID: "add-reaction", Method: http.MethodPut, Path: pathReaction,
		Summary: "React to a message", Description: "Twice is once.",
	}, a.react)
	register(h, tagMessages, huma.Operation{
		OperationID: "remove-reaction", Method: http.MethodDelete, Path: pathReaction,
		Summary: "Take a reaction back", Description: "Where there is none, nothing is taken.",
	}, a.unreact)
	register(h, tagMessages, huma.Operation{
		OperationID: "press-button", Method: http.MethodPost, Path: pathMessage + "/presses",
		Summary: "Press a button of a message", DefaultStatus: http.StatusCreated,
	}, a.press)
}

type sendInput struct {
	Room string `path:"room" doc:"The room's name" example:"lobby"`
	Body struct {
		Text    string       `json:"text,omitempty" doc:"What is said" example:"kettle?"`
		Data    anyJSON      `json:"data,omitempty" doc:"Any JSON beside or instead of the text"`
		Ref     string       `json:"ref,omitempty" doc:"Your own reference, at most 64 bytes: sent again, it is the same message" example:"r1"`
		ReplyTo string       `json:"reply_to,omitempty" doc:"Id of the message that this one answers"`
		Buttons []hub.Button `json:"buttons,omitempty" doc:"What readers may press"`
	}
}

// sent says where the log has what a request said.
type sent struct {
	Room string `json:"room" doc:"The room's name" example:"lobby"`
	ID   string `json:"id" doc:"Id of the event" example:"01m8qk3c7y5z9t1w0e8d7g5b3q"`
	Seq  int64  `json:"seq" doc:"Its number in the log" example:"42"`
	At   string `json:"at" format:"date-time" doc:"When the log took it" example:"2026-11-22T12:04:05.006Z"`
	Ref  string `json:"ref,omitempty" doc:"Your own reference" example:"r1"`
}

type sentOutput struct{ Body sent }

// publish sends what the room's log is to have.
func (a *api) publish(ctx context.Context, e hub.Event) (*sentOutput, error) {
	answer, err := a.ask(ctx, e)
	if err != nil {
		return nil, err
	}
	return &sentOutput{Body: sent{answer.Room, answer.ID, answer.Seq, answer.At.UTC().Format(hub.TimeLayout), answer.Ref}}, nil
}

func (a *api) send(ctx context.Context, in *sendInput) (*sentOutput, error) {
	b := &in.Body
	return a.publish(ctx, hub.Event{
		Type: hub.TypeSendMessage, Room: in.Room,
		Text: b.Text, Data: json.RawMessage(b.Data), Ref: b.Ref, ReplyTo: b.ReplyTo, Buttons: b.Buttons,
	})
}

// Addressed is a message's place in a path. It is exported for the library that
// fills it alone.
type Addressed struct {
	Room string `path:"room" doc:"The room's name" example:"lobby"`
	ID   string `path:"id" doc:"The message's id" example:"01m8qk3c7y5z9t1w0e8d7g5b3q"`
}

// change returns a command about the message.
func (m Addressed) change(typ, ref string) hub.Event {
	return hub.Event{Type: typ, Room: m.Room, Target: m.ID, Ref: ref}
}

type editInput struct {
	Addressed
	Body struct {
		Text string `json:"text" doc:"The text from now on" example:"kettle!"`
		Ref  string `json:"ref,omitempty" doc:"Your own reference" example:"r2"`
	}
}

func (a *api) edit(ctx context.Context, in *editInput) (*sentOutput, error) {
	e := in.change(hub.TypeEditMessage, in.Body.Ref)
	e.Text = in.Body.Text
	return a.publish(ctx, e)
}

type removeInput struct {
	Addressed
	Ref string `query:"ref" doc:"Your own reference" example:"r3"`
}

func (a *api) remove(ctx context.Context, in *removeInput) (*sentOutput, error) {
	return a.publish(ctx, in.change(hub.TypeDeleteMessage, in.Ref))
}

type reactInput struct {
	Addressed
	Emoji string `path:"emoji" doc:"An emoji, or a word, percent-encoded as URLs need it" example:"👍"`
	Ref   string `query:"ref" doc:"Your own reference" example:"r4"`
}

func (a *api) react(ctx context.Context, in *reactInput) (*sentOutput, error) {
	return a.reaction(ctx, in, false)
}

func (a *api) unreact(ctx context.Context, in *reactInput) (*sentOutput, error) {
	return a.reaction(ctx, in, true)
}

func (a *api) reaction(ctx context.Context, in *reactInput, remove bool) (*sentOutput, error) {
	e := in.change(hub.TypeReact, in.Ref)
	e.Detail = &hub.Reaction{Emoji: in.Emoji, Remove: remove}
	return a.publish(ctx, e)
}

type pressInput struct {
	Addressed
	Body struct {
		Action string `json:"action" doc:"That of one of the message's buttons" example:"yes"`
		Ref    string `json:"ref,omitempty" doc:"Your own reference" example:"r5"`
	}
}

func (a *api) press(ctx context.Context, in *pressInput) (*sentOutput, error) {
	e := in.change(hub.TypePressButton, in.Body.Ref)
	e.Detail = &hub.Press{Action: in.Body.Action}
	return a.publish(ctx, e)
}

type historyInput struct {
	Room   string `path:"room" doc:"The room's name" example:"lobby"`
	Before int64  `query:"before" default:"-1" doc:"Events below this seq, the newest of them" example:"43"`
	After  int64  `query:"after" default:"-1" doc:"Events above this seq, the oldest of them"`
	Around string `query:"around" doc:"The event of this id, and those on both sides of it"`
	Limit  int    `query:"limit" minimum:"0" doc:"At most so many, up to 1000; default 50" example:"20"`
}

type pageBody struct {
	Events []event `json:"events" doc:"In ascending order"`
	More   bool    `json:"more" doc:"The log holds more in this direction" example:"true"`
}

type historyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         pageBody
}

func (a *api) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	q := &hub.HistoryRequest{Around: in.Around, Limit: in.Limit}
	if in.Before != -1 {
		q.Before = &in.Before
	}
	if in.After != -1 {
		q.After = &in.After
	}
	answer, err := a.ask(ctx, hub.Event{Type: hub.TypeRoomHistory, Room: in.Room, Detail: q})
	if err != nil {
		return nil, err
	}
	h, ok := answer.Detail.(*hub.History)
	if !ok {
		return nil, unexpected(&answer)
	}
	return &historyOutput{CacheControl: noStore, Body: pageBody{eventsOf(h.Events), h.More}}, nil
}
