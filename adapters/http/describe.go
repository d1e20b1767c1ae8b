package http

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"hubbub/hub"
)

// describe says what holds for all operations.
func describe(doc *huma.OpenAPI) {
	doc.Info.Description = "People, devices, programs and bots share rooms. What one of them sends is an event of the room, which has a log: " +
		"its events are numbered 1, 2, 3… (`seq`). Every error is a problem document (RFC 9457) whose `code` says what kind it is."
	doc.Tags = []*huma.Tag{
		{Name: tagRooms, Description: "Where rooms stand, and who is in them."},
		{Name: tagMessages, Description: "What is said, and what becomes of it."},
		{Name: tagLive, Description: "What happens, as it happens."},
		{Name: tagSession, Description: "Who one is."},
	}
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "The secret of a guest, or another token"},
		"guest":  {Type: "apiKey", In: "query", Name: "guest", Description: "The secret of a guest"},
		"name":   {Type: "apiKey", In: "query", Name: "name", Description: "A name, for a fresh guest"},
	}
	doc.Security = []map[string][]string{{"bearer": {}}, {"guest": {}}, {"name": {}}}
}

// describeStream describes what leaves the HTTP server, and so is no operation of
// the library's.
func describeStream(doc *huma.OpenAPI) {
	query := func(name, typ, text string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: text, Schema: &huma.Schema{Type: typ}}
	}
	doc.AddOperation(&huma.Operation{
		OperationID: "stream-events", Method: http.MethodGet, Path: pathStream, Tags: []string{tagLive},
		Summary: "Hear what happens",
		Description: "Server-sent events, for ever. The first is a " + hub.TypeRoomJoined + " whose `recovered` says whether all that was missed follows; " +
			"then come the room's events as JSON. The id of an event of the log is epoch:seq: come back with it as Last-Event-ID, as browsers do by themselves.",
		Parameters: []*huma.Param{
			{Name: "room", In: "path", Required: true, Description: "The room's name", Example: exampleRoom, Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "Last-Event-ID", In: "header", Description: "epoch:seq of the last event that you saw, or its seq", Schema: &huma.Schema{Type: huma.TypeString}},
			query("since", huma.TypeString, "The same, where no header can be sent"),
			query("epoch", huma.TypeString, "The log's history that a bare seq counts in"),
			query("limit", huma.TypeInteger, "Newest events wanted in the first one, where there is nothing to go on from; default none"),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {
				Schema: &huma.Schema{Type: huma.TypeString},
				Example: "retry: 2000\n\nid: 01m8qk2b5w3x8s0v9d7c6f4a2p:41\ndata: {\"type\":\"room.joined\",\"room\":\"lobby\",\"head\":41,\"first\":1,…}\n\n" +
					"id: 01m8qk2b5w3x8s0v9d7c6f4a2p:42\ndata: {\"type\":\"chat.received_message\",\"room\":\"lobby\",\"seq\":42,…}\n\n",
			}}},
			"default": problemResponse(),
		},
	})
}

// describeHook describes the webhooks, whose token is all that they need.
func describeHook(doc *huma.OpenAPI) {
	doc.AddOperation(&huma.Operation{
		OperationID: "send-by-webhook", Method: http.MethodPost, Path: "/hooks/{token}", Tags: []string{tagMessages},
		Summary: "Send a message by a webhook", Security: nobody,
		Description: "Takes what Slack's incoming webhooks take, as JSON or as a form's `payload`, and answers `ok` once the message is in the log. " +
			"With a `ref`, sent again it is the same message.",
		Parameters: []*huma.Param{{
			Name: "token", In: "path", Required: true, Description: "The webhook's secret", Schema: &huma.Schema{Type: huma.TypeString},
		}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {
			Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Properties: map[string]*huma.Schema{
				"text": {Type: huma.TypeString, Description: "What is said"}, "ref": {Type: huma.TypeString, Description: "Your own reference"},
			}},
			Example: map[string]any{"text": "The build is green: <https://ci.example/42|the log>"},
		}}},
		Responses: map[string]*huma.Response{
			"200":     {Description: "OK", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}, Example: "ok"}}},
			"default": problemResponse(),
		},
	})
}

// problemResponse describes errors.
func problemResponse() *huma.Response {
	return &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{
		problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
	}}
}

// anyJSON is JSON that is kept as it came.
type anyJSON json.RawMessage

// Schema implements [huma.SchemaProvider].
func (anyJSON) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "Any JSON", Examples: []any{map[string]any{"celsius": 96.5}}}
}

// UnmarshalJSON implements [json.Unmarshaler].
func (j *anyJSON) UnmarshalJSON(b []byte) error {
	*j = append((*j)[:0], b...)
	return nil
}

// event is an event in an answer, as its JSON.
type event json.RawMessage

func eventsOf(entries []*hub.Entry) []event {
	events := make([]event, 0, len(entries))
	for _, e := range entries {
		events = append(events, e.JSON)
	}
	return events
}

// MarshalJSON implements [json.Marshaler].
func (e event) MarshalJSON() ([]byte, error) { return e, nil }

// Schema implements [huma.SchemaProvider].
func (event) Schema(r huma.Registry) *huma.Schema {
	const name = "Event"
	if r.Map()[name] == nil {
		r.Map()[name] = eventSchema(r)
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

func eventSchema(r huma.Registry) *huma.Schema {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true, Required: []string{"type"},
		Description: "One thing that happened in a room. What only some types carry stands beside these fields.",
		Properties: map[string]*huma.Schema{
			"type":     text("What happened: " + hub.TypeReceivedMessage + ", " + hub.TypeEditedMessage + ", " + hub.TypeReacted + "…"),
			"room":     text("The room's name"),
			"id":       text("The event's own id; what is done to a message names it"),
			"seq":      {Type: huma.TypeInteger, Format: "int64", Description: "The event's number in the room's log"},
			"at":       {Type: huma.TypeString, Format: "date-time", Description: "When the log took it, UTC"},
			"from":     r.Schema(reflect.TypeFor[hub.Participant](), true, "Participant"),
			"ref":      text("The sender's own reference"),
			"target":   text("Id of the message that the event is about"),
			"text":     text("What was said"),
			"data":     {Description: "Any JSON beside or instead of the text"},
			"reply_to": text("Id of the message that this one answers"),
			"buttons":  r.Schema(reflect.TypeFor[[]hub.Button](), true, "Buttons"),
		},
		Examples: []any{map[string]any{
			"type": hub.TypeReceivedMessage, "room": exampleRoom, "id": exampleID, "seq": 42, "at": "2026-11-22T12:04:05.006Z",
			"from": map[string]any{"id": "01m8qk2b5w3x8s0v9d7c6f4a2p", "name": "Ada", "kind": "guest", "via": "http"},
			"text": "kettle?",
		}},
	}
}

// What the examples of the description name; struct tags repeat them.
const (
	exampleRoom = "lobby"
	exampleID   = "01m8qk3c7y5z9t1w0e8d7g5b3q"
)
