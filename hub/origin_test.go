package hub_test

import (
	"net/http"
	"testing"

	"hubbub/hub"
)

func TestHosts(t *testing.T) {
	named := []string{"chat.example"}
	for _, test := range []struct {
		host  string
		hosts hub.Hosts
		known bool
	}{
		{"127.0.0.1:8080", hub.Hosts{}, true},
		{"[::1]:8080", hub.Hosts{}, true},
		{"[::1]", hub.Hosts{}, true},
		{"192.0.2.1", hub.Hosts{}, true},
		{"localhost:1", hub.Hosts{}, true},
		{"LOCALHOST.", hub.Hosts{}, true},
		{"hub.localhost", hub.Hosts{}, true},
		{"evillocalhost", hub.Hosts{}, false},
		{"", hub.Hosts{}, false},
		{"chat.example", hub.Hosts{}, false},
		{"Chat.Example:443", hub.Hosts{Names: named}, true},
		{"chat.example.evil", hub.Hosts{Names: named}, false},
		{"any.example", hub.Hosts{Open: true}, true},
		{"any.example", hub.Hosts{Open: true, Names: named}, false},
	} {
		err := test.hosts.Check(test.host)
		if (err == nil) != test.known || err != nil && hub.CodeOf(err) != hub.Forbidden {
			t.Errorf("%q for %+v: %v", test.host, test.hosts, err)
		}
	}
}

func TestCheckOrigin(t *testing.T) {
	for _, test := range []struct {
		origin, site string
		allowed      bool
	}{
		{"", "", true},
		{"", "same-origin", true},
		{"", "none", true},
		{"", "same-site", false},
		{"", "cross-site", false},
		{"http://chat.example:8080", "", true},
		{"https://CHAT.example:8080", "cross-site", true}, // the Origin is what counts
		{"http://chat.example", "", false},
		{"http://chat.example:8080.evil", "", false},
		{"null", "", false},
		{"chat.example:8080", "", false},
		{"::", "", false},
	} {
		headers := http.Header{}
		headers.Set("Origin", test.origin)
		headers.Set("Sec-Fetch-Site", test.site)
		err := hub.CheckOrigin("chat.example:8080", headers)
		if (err == nil) != test.allowed || err != nil && hub.CodeOf(err) != hub.Forbidden {
			t.Errorf("origin %q, site %q: %v", test.origin, test.site, err)
		}
	}
}
