package hubtest

import (
	"net/http"
	"net/netip"
	"time"

	"hubbub/hub"
)

// NewScope returns a scope as its adapter fills it. The user is a guest called ada,
// for MQTT a device, in conversations a person, and nobody for workers; changes are
// made last.
func NewScope(typ, path string, changes ...func(*hub.Scope)) *hub.Scope {
	s := &hub.Scope{ID: hub.NewID(), Type: typ, Path: path, Opened: time.Now()}
	if typ != hub.ScopeChannel {
		As("ada")(s)
	}
	if typ != hub.ScopeChat && typ != hub.ScopeChannel {
		s.Remote = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 49152) // RFC 5737
	}
	if typ == hub.ScopeHTTP || typ == hub.ScopeWebSocket {
		s.Headers, s.Host = http.Header{}, "localhost:8080"
	}
	for _, change := range changes {
		change(s)
	}
	return s
}

// As makes the user of that name and id the scope's.
func As(name string) func(*hub.Scope) {
	return func(s *hub.Scope) {
		s.User = hub.User{ID: name, Name: name, Kind: hub.Guest}
		switch s.Type {
		case hub.ScopeMQTT:
			s.User.ID, s.User.Kind = "mqtt:"+name, hub.Device
		case hub.ScopeChat:
			s.User.Kind = hub.Person
		}
	}
}
