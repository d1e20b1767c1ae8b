package http

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// About is what a hub says of itself to whoever asks: how to connect to it, and
// what holds there.
type About struct {
	Version string     `json:"version" doc:"The program's" example:"1.2.0"`
	Guests  bool       `json:"guests" doc:"Anybody may enter with a name, and any device with a client id" example:"true"`
	Create  string     `json:"create" doc:"Who makes rooms by joining them; rules for some names may say otherwise" enum:"anyone,members,admins" example:"anyone"`
	MQTT    []Listener `json:"mqtt" doc:"Where MQTT is spoken over TCP; over a WebSocket it is at /mqtt of this address"`
	Limits  Limits     `json:"limits"`
}

// Listener is an address that the hub listens on.
type Listener struct {
	Host  string `json:"host,omitempty" doc:"The address; none where it is every address of the machine, and so that of this request too" example:"127.0.0.1"`
	Port  int    `json:"port" example:"1883"`
	TLS   bool   `json:"tls" doc:"It speaks TLS"`
	Local bool   `json:"local" doc:"Only the hub's own machine reaches it" example:"true"`
}

// Limits are how much the hub takes at once, in bytes.
type Limits struct {
	Text  int `json:"text" doc:"A message's text, in bytes of UTF-8" example:"16384"`
	Event int `json:"event" doc:"A whole event, in bytes of JSON" example:"65536"`
}

type aboutOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         About
}

// about registers what anybody may know, who may enter or not.
func (a *api) about(h huma.API) {
	out := &aboutOutput{CacheControl: noStore, Body: a.opts.About}
	if out.Body.MQTT == nil {
		out.Body.MQTT = []Listener{} // a list in JSON too
	}
	register(h, tagSession, huma.Operation{
		OperationID: "get-server", Method: http.MethodGet, Path: "/api/v1/server",
		Summary: "Say what this hub is", Security: nobody,
		Description: "Where MQTT listens, who may enter and make rooms, and how much a message holds. Anybody may ask.",
	}, func(context.Context, *struct{}) (*aboutOutput, error) { return out, nil })
}
