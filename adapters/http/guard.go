package http

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Guard refuses requests that another site's page made a browser send: any page
// can reach a hub on loopback, by its address or by a name of its own that it
// points there (DNS rebinding).
//
// The Host must be one that the hub is known by: an IP address, localhost, or
// one of hosts; where the hub listens beyond loopback (open) and no hosts are
// named, any name. A request that changes something, or opens a socket, must come from a page of
// the same Host or name no Origin at all.
func Guard(next http.Handler, open bool, hosts []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := hostName(r.Host)
		if (!open || len(hosts) > 0) && !knownHost(name, hosts) {
			newProblem(http.StatusMisdirectedRequest,
				fmt.Sprintf("This hub does not know itself as %.100q. Add the name to http.hosts in its config.", name)).write(w)
			return
		}
		if (changes(r) || isUpgrade(r)) && !sameOrigin(r) {
			newProblem(http.StatusForbidden, "Pages of other sites may not do this.").write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostName(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
}

func knownHost(name string, hosts []string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(hosts, name)
}

func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

func isUpgrade(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }

func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" { // not a browser, or a page of the same origin
		site := r.Header.Get("Sec-Fetch-Site")
		return site == "" || site == "same-origin" || site == "none"
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
