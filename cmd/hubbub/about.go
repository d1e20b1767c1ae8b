package main

import (
	"net"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

// about is what the hub says of itself to whoever asks.
func (c *Config) about(mqtt ...net.Listener) httpapi.About {
	a := httpapi.About{
		Version: version, Guests: c.Guests, Create: c.RoomsCreate,
		Limits: httpapi.Limits{Text: hub.DefaultMaxText, Event: hub.DefaultMaxEvent},
	}
	for _, l := range mqtt {
		a.MQTT = append(a.MQTT, listenerOf(l))
	}
	return a
}

// listenerOf says how l is reached.
func listenerOf(l net.Listener) httpapi.Listener {
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return httpapi.Listener{Host: l.Addr().String()}
	}
	at := httpapi.Listener{Host: addr.IP.String(), Port: addr.Port, Local: loopback(l)}
	if addr.IP.IsUnspecified() {
		at.Host = ""
	}
	return at
}
