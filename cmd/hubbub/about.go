package main

import (
	"net"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

// about is what the hub says of itself to whoever asks.
func (c *Config) about(p *ports) httpapi.About {
	a := httpapi.About{
		Version: version, Guests: c.Guests, Create: c.RoomsCreate,
		Limits: httpapi.Limits{Text: hub.DefaultMaxText, Event: hub.DefaultMaxEvent},
	}
	if p.mqtt != nil {
		a.MQTT = append(a.MQTT, listenerOf(p.mqtt))
	}
	if p.mqtts != nil {
		over := listenerOf(p.mqtts)
		over.TLS = true
		a.MQTT = append(a.MQTT, over)
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
