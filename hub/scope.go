package hub

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// Types of scopes.
const (
	ScopeHTTP      = "http"      // lives as long as the request
	ScopeWebSocket = "websocket" // as the socket
	ScopeMQTT      = "mqtt"      // as the connection
	ScopeChat      = "chat"      // as the conversation with a bot
	ScopeChannel   = "channel"   // as a worker's consumer; see Work
)

// Scope is what is known of one incoming connection or conversation. An
// adapter fills it; it never changes after. Middleware that adds to it makes
// a copy with [Scope.With].
type Scope struct {
	ID      string // lower-case ULID
	Type    string // ScopeHTTP…
	Path    string // "/ws", "/bots/greeter"; of a worker, the name of the channel that it serves
	Params  Params // parameters of the route that matched
	User    User
	Via     string         // protocol word that others see; Type where empty
	Remote  netip.AddrPort // zero for conversations and workers
	Headers http.Header    // of the request or upgrade; nil otherwise
	Host    string         // that the request names; empty otherwise
	Query   url.Values     // of the request or upgrade, secrets included; nil otherwise
	Opened  time.Time

	// Secret is what keeps a guest's identity. It is for the guest alone.
	Secret string
}

// Params are the parameters of a route: a list, since routes have few, and a map for
// each scope takes ten times as much.
type Params []Param

// Param is one of them.
type Param struct{ Name, Value string }

// Get returns the value of the parameter of that name, the last one where routes in
// each other have several; empty where there is none.
func (p Params) Get(name string) string {
	for _, param := range slices.Backward(p) {
		if param.Name == name {
			return param.Value
		}
	}
	return ""
}

// User is who a scope belongs to.
type User struct {
	ID   string
	Name string
	Kind Kind
	// Fresh says that the user was made for this scope: nobody has heard of it, and
	// it is no member of any room yet.
	Fresh bool
}

// With returns a copy of s that change was applied to.
func (s *Scope) With(change func(*Scope)) *Scope {
	c := *s
	change(&c)
	return &c
}

// Channel returns the name of the scope's channel. Where middleware.Channel is in
// its way, what is sent there, or to a group that it was added to, reaches the
// scope's consumer as an event.
func (s *Scope) Channel() string { return s.Type + "!" + s.ID }

// Participant returns the scope's user as others see it.
func (s *Scope) Participant() Participant {
	via := s.Via
	if via == "" {
		via = s.Type
	}
	return Participant{ID: s.User.ID, Name: s.User.Name, Kind: s.User.Kind, Via: via}
}
