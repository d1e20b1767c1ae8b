package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
)

// Target is what a load is put on.
type Target struct {
	Name string // as results call it
	HTTP netip.AddrPort
	Host string // as requests name it
	MQTT netip.AddrPort
	// Usage says what the hub has used so far. nil where nobody can say.
	Usage func(context.Context) (Usage, error)
}

// At returns the hub at the address of its HTTP API, such as
// http://127.0.0.1:8080, and at that of its MQTT broker, which may be empty.
func At(ctx context.Context, address, mqtt string) (*Target, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return nil, fmt.Errorf("%q is no address of a hub: write such as http://127.0.0.1:8080", address)
	case u.Scheme != "http":
		return nil, errors.New("the load tool speaks plain TCP: name the hub's own http:// address, behind what ends TLS")
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "80")
	}
	t := &Target{Name: address, Host: u.Host}
	if t.HTTP, err = resolve(ctx, host); err != nil {
		return nil, err
	}
	if mqtt != "" {
		if t.MQTT, err = resolve(ctx, mqtt); err != nil {
			return nil, err
		}
	}
	t.Usage = scraped(address)
	return t, nil
}

func resolve(ctx context.Context, address string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is no address: write such as 127.0.0.1:1883", address)
	}
	n, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(ips[0].Unmap(), uint16(n)), nil
}

// address returns where connections of the protocol go.
func (t *Target) address(p Protocol) (netip.AddrPort, error) {
	if p == WebSocket {
		return t.HTTP, nil
	}
	if !t.MQTT.IsValid() {
		return t.MQTT, errors.New("the hub's MQTT broker is not known: give its address with --mqtt")
	}
	return t.MQTT, nil
}
