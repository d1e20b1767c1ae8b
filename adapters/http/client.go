package http

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the addresses whose X-Forwarded-For and X-Forwarded-Proto are
// believed.
type Proxies []netip.Prefix

// RemoteAddr returns where the request comes from: the last address of the way
// that is not a trusted proxy's. The port is 0 where a proxy told the address.
func (p Proxies) RemoteAddr(r *http.Request) netip.AddrPort {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trust(addr.Addr()) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break // what is before it was not written by a proxy of ours
		}
		addr = netip.AddrPortFrom(hop.Unmap(), 0)
		if !p.trust(hop) {
			break
		}
	}
	return addr
}

// Secure reports whether the client asks over TLS: the hub itself, or a trusted
// proxy, which says so in X-Forwarded-Proto.
func (p Proxies) Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trust(from.Addr()) {
		return false
	}
	proto, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",") // the first is the client's
	return strings.EqualFold(strings.TrimSpace(proto), "https")
}

func (p Proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
