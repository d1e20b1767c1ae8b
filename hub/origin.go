package hub

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Hosts are the hosts that a hub is known by, and so those that a request may
// name: a page can point a name of its own to any address (DNS rebinding). An IP
// address and localhost are always among them. The zero value knows no others.
type Hosts struct {
	// Names are others, in lower case and without a port.
	Names []string
	// Open says that the hub listens beyond loopback: then any name is one as
	// long as Names is empty.
	Open bool
}

// Check returns a [Forbidden] error unless host, of a request and with or without
// a port, is one of them.
func (h Hosts) Check(host string) error {
	if h.Open && len(h.Names) == 0 {
		return nil
	}
	name := hostName(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(h.Names, name) {
		return nil
	}
	return Errorf(Forbidden, "This hub does not know itself as %.100q. Add the name to http.hosts in its config.", name)
}

func hostName(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
}

// CheckOrigin returns a [Forbidden] error where headers, of a request that names
// host, say that another site's page made a browser send it. Whoever names no
// Origin is no browser, or a page of the same site.
func CheckOrigin(host string, headers http.Header) error {
	origin := headers.Get("Origin")
	if origin == "" {
		switch headers.Get("Sec-Fetch-Site") {
		case "", "same-origin", "none":
			return nil
		}
	} else if u, err := url.Parse(origin); err == nil && u.Host != "" && strings.EqualFold(u.Host, host) {
		return nil
	}
	return Errorf(Forbidden, "Pages of other sites may not do this.")
}
