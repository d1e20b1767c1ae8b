package http

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hubbub/hub"
)

// Secure is what holds where there is https. Its zero value serves plain requests
// as others.
type Secure struct {
	// Redirect is the port of https that plain requests are sent on to, but for
	// those that programs on the machine, or a balancer, ask for: /healthz, /readyz
	// and /metrics. Default: none are.
	Redirect int
	// HSTS is how long a browser that was here by https is to take that alone (RFC
	// 6797). Default: nothing is said of it.
	HSTS time.Duration
	// Challenge answers below /.well-known/acme-challenge/ on plain requests, where
	// a certificate is asked for (RFC 8555, section 8.3). Default: nothing does.
	Challenge http.Handler
}

// plainPaths are served without TLS too: they hold no secret.
var plainPaths = []string{"/healthz", "/readyz", "/metrics"}

const (
	challengePath = "/.well-known/acme-challenge/"
	httpsPort     = 443
)

// handler serves next behind the guard, and before that what is said of https.
func (s *Secure) handler(next http.Handler, hosts hub.Hosts, proxies Proxies) http.Handler {
	guarded, sentOn := Guard(next, hosts), Guard(http.HandlerFunc(s.redirect), hosts)
	policy := "max-age=" + strconv.FormatInt(int64(s.HSTS/time.Second), 10)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch secure := proxies.Secure(r); {
		case secure && fromPlain(r):
			problemOf(hub.Errorf(hub.Forbidden, "Pages that came without https may not do this. Open the page by https.")).write(w)
			return
		case secure && s.HSTS > 0:
			w.Header().Set("Strict-Transport-Security", policy)
		case secure:
		case s.Challenge != nil && strings.HasPrefix(r.URL.Path, challengePath):
			s.Challenge.ServeHTTP(w, r)
			return
		case s.Redirect > 0 && !slices.Contains(plainPaths, r.URL.Path):
			sentOn.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// fromPlain reports whether a page asks that came without TLS: whoever is on the
// way may have written it.
func fromPlain(r *http.Request) bool {
	const scheme = "http://"
	origin := r.Header.Get("Origin")
	return len(origin) >= len(scheme) && strings.EqualFold(origin[:len(scheme)], scheme)
}

// redirect sends a plain request on to the same address by https.
func (s *Secure) redirect(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if host == "" {
		newProblem(http.StatusBadRequest, "Ask by https, and name the host.").write(w)
		return
	}
	switch {
	case s.Redirect != httpsPort:
		host = net.JoinHostPort(host, strconv.Itoa(s.Redirect))
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	w.Header().Set("Location", "https://"+host+r.URL.RequestURI())
	w.WriteHeader(http.StatusPermanentRedirect) // which keeps the method and the body
}
