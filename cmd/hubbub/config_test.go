package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hubbub/hub/hubtest"
)

// write makes a config file and returns its path.
func write(t *testing.T, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hubbub.yaml")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The file in configs/ is the manual: it says what is the case without it.
func TestTheConfigFileIsTheDefaults(t *testing.T) {
	written, err := loadConfig("../../configs/hubbub.yaml")
	if err != nil {
		t.Fatal(err)
	}
	built, err := loadConfig(write(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if built.from("bots") != (origin{}) || written.from("bots").Line == 0 {
		t.Error("which folder was named is not known")
	}
	for _, c := range []*Config{written, built} {
		c.file, c.values, c.doc = "", nil, nil
	}
	if !reflect.DeepEqual(written, built) {
		t.Errorf("the file says %+v\nthe defaults %+v", written, built)
	}
	body, err := os.ReadFile("../../configs/hubbub.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if !strings.Contains(string(body), s.key[strings.LastIndexByte(s.key, '.')+1:]+":") {
			t.Errorf("the file lacks %s", s.key)
		}
	}
}

func TestTheEnvironmentGoesBeforeTheFile(t *testing.T) {
	t.Setenv("HUBBUB_HTTP_LISTEN", "127.0.0.1:0")
	t.Setenv("HUBBUB_AUTH_GUESTS", "false")
	t.Setenv("HUBBUB_HTTP_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1")
	t.Setenv("HUBBUB_LIMITS_EVENTS", "0")
	c, err := loadConfig(write(t, "http: {listen: '127.0.0.1:1'}\nlimits: {events: 7}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTPListen != "127.0.0.1:0" || c.Guests || len(c.TrustedProxies) != 2 || c.LimitEvents != 0 {
		t.Errorf("%+v", c)
	}
}

// Every mistake is one line that names file, line, key and cure.
func TestMistakes(t *testing.T) {
	ca, year := hubtest.NewAuthority(t), time.Now().AddDate(1, 0, 0)
	cert, key := ca.Issue(t.TempDir(), year, "chat.example")
	_, other := ca.Issue(t.TempDir(), year, "chat.example")
	pems := []string{"<cert>", cert, "<key>", key, "<other>", other}
	for _, test := range []struct{ name, file, env, want string }{
		{"an unknown key", "http:\n  lisen: x\n", "", "FILE:2: http.lisen is no key of the config. Did you mean http.listen?"},
		{"an unknown section", "htp:\n  listen: x\n", "", "FILE:1: htp is no key of the config. Did you mean http?"},
		{"a key from nowhere", "\n\nzzzzzzzz: 1\n", "", "FILE:3: zzzzzzzz is no key of the config. Take it out; configs/hubbub.yaml lists all keys"},
		{"no address", "http:\n  listen: 8080\n", "", `FILE:2: http.listen: "8080" is no address. Write host:port, such as 127.0.0.1:8080`},
		{"a port out of range", "mqtt:\n  listen: localhost:99999\n", "", `FILE:2: mqtt.listen: "localhost:99999" is no address.`},
		{"neither true nor false", "auth:\n  guests: maybe\n", "", `FILE:2: auth.guests: "maybe" is neither true nor false.`},
		{"an unknown word", "rooms:\n  create: all\n", "", `FILE:2: rooms.create: "all" is not known. Write anyone or members or admins`},
		{"a history", "rooms:\n  history: 3 weeks\n", "", `FILE:2: rooms.history: "3 weeks" is no history. Write forever, none, a time such as 30d`},
		{"no history at all", "rooms:\n  history: 0\n", "", `FILE:2: rooms.history: "0" is no history.`},
		{"a rule without rooms", "rooms:\n  rules:\n  - {history: none}\n", "", `FILE:3: rooms.rules: rule 1: it lacks rooms`},
		{"a rule that sets nothing", "rooms:\n  rules: [{rooms: x}]\n", "", `FILE:2: rooms.rules: rule 1: it sets nothing.`},
		{"a rule's unknown key", "rooms:\n  rules: [{rooms: x, histroy: none}]\n", "", `FILE:2: rooms.rules: rule 1: histroy is nothing that a rule sets.`},
		{"a rule's pattern", "rooms:\n  rules: [{rooms: '[', history: none}]\n", "", `FILE:2: rooms.rules: rule 1: "[" matches no name of a room.`},
		{"rules that are none", "rooms:\n  rules: 7\n", "", `FILE:2: rooms.rules: 7 is no list of rules.`},
		{"a rule from the environment", "", "HUBBUB_ROOMS_RULES=ops", `HUBBUB_ROOMS_RULES: rule 1: "" is no history.`},
		{"what is not there yet", "store: postgres://x\n", "", `FILE:1: store: this version of hubbub knows only sqlite, not "postgres://x".`},
		{"a level", "log:\n  level: loud\n", "", `FILE:2: log.level: "loud" is no level. Write debug, info, warn or error`},
		{"a negative limit", "limits:\n  events: -1\n", "", `FILE:2: limits.events: "-1" is no count.`},
		{"a limit that is no number", "limits:\n  connects: many\n", "", `FILE:2: limits.connects: "many" is no count.`},
		{"a gap", "delivery:\n  gap: 2 minutes\n", "", `FILE:2: delivery.gap: "2 minutes" is no time from 0 to 1s. Write such as 5ms, or 0 for none`},
		{"a gap that is too long", "delivery:\n  gap: 2s\n", "", `FILE:2: delivery.gap: "2s" is no time from 0 to 1s.`},
		{"a network", "http:\n  trusted_proxies: [nowhere]\n", "", `FILE:2: http.trusted_proxies: "nowhere" is neither an address nor a network.`},
		{"an empty folder", "data: ''\n", "", "FILE:1: data: "},
		{"a list for a word", "data: [a, b]\n", "", "FILE:1: data: "},
		{"a value for a section", "http: 8080\n", "", "FILE:1: http has keys of its own below it, and no value. Write them below it, indented, such as listen"},
		{"a URL for a host", "http:\n  hosts: [https://chat.example]\n", "", `FILE:2: http.hosts: "https://chat.example" is no host's name.`},
		{"everybody a proxy", "http:\n  trusted_proxies: [0.0.0.0/0]\n", "", `FILE:2: http.trusted_proxies: "0.0.0.0/0" trusts everybody`},
		{"a second document", "data: x\n---\nauth: {guests: false}\n", "", "FILE:2: a second document begins here, and would be ignored. Make one of the two"},
		{"a list", "- a\n", "", "FILE:1: a config is keys with values. Write such as data: ./data"},
		{"an empty variable", "", "HUBBUB_MQTT_LISTEN=", `HUBBUB_MQTT_LISTEN: "" is no address.`},
		{"an unknown variable", "", "HUBBUB_AUTH_GEUSTS=false", "HUBBUB_AUTH_GEUSTS is no variable of the config. Did you mean HUBBUB_AUTH_GUESTS?"},
		{"broken YAML", "http:\n\tlisten: x\n", "", "FILE:2: found character that cannot start any token. Mend the YAML"},
		{"a key that is there twice", "log:\n  level: info\n  format: text\n  level: warn\n", "", "FILE:4: log.level is there twice, at first in line 2. Make one of the two"},
		{"a section that is there twice", "log: {level: info}\nlog: {format: text}\n", "", "FILE:2: log is there twice, at first in line 1."},
		{"a key that is no word", "? [a, b]\n: c\n", "", "FILE:1: a key is a word."},
		{"a key in capitals", "HTTP: {listen: 'x:1'}\n", "", "FILE:1: HTTP is no key of the config. Did you mean http?"},
		{"an alias of nothing", "data: x\nbots: *nowhere\n", "", "FILE:2: unknown anchor 'nowhere' referenced. Mend the YAML"},
		{"a bracket that does not close", "{data: [}\n", "", "FILE:1: did not find expected node content. Mend the YAML"},
		{"another encoding", "\xff\xfed\x00", "", "FILE: it is no UTF-8 text. Save it as that"},
		{"one address for both", "http: {listen: 'localhost:5'}\nmqtt: {listen: 'localhost:5'}\n", "", "FILE:2: mqtt.listen: localhost:5 is the address of http.listen too."},
		{"a host that is none", "http: {listen: 'a b:1'}\n", "", `FILE:1: http.listen: "a b:1" is no address.`},
		{"a host for a list", "http:\n  hosts: 7\n", "", "FILE:2: http.hosts: 7 is no list. Write [one, two]"},
		{"a network for a list", "http:\n  trusted_proxies: 7\n", "", "FILE:2: http.trusted_proxies: 7 is no list. Write [one, two]"},
		{"a rule that is none", "rooms:\n  rules:\n  - {rooms: x, history: none}\n  - 7\n", "", "FILE:4: rooms.rules: rule 2: 7 is no rule."},
		{"who creates, in a rule", "rooms: {rules: [{rooms: x, create: all}]}\n", "", `FILE:1: rooms.rules: rule 1: "all" is not known.`},
		{"a format", "log: {format: xml}\n", "", `FILE:1: log.format: "xml" is not known. Write text or json`},
		{"another layer", "layer: redis://x\n", "", `FILE:1: layer: this version of hubbub knows only memory, not "redis://x".`},
		{"half an event", "limits: {events: 1.5}\n", "", `FILE:1: limits.events: "1.5" is no count.`},
		{"no folder of bots", "bots: ''\n", "", `FILE:1: bots: "" is no text.`},
		{"nobody to reach it", "http:\n  listen: none\n", "", "FILE:2: http.listen: it is none, and so is http.tls.listen: nobody could reach the hub. Set one of the two"},
		{"https without a certificate", "http:\n  tls:\n    listen: 'x:1'\n", "", "FILE:3: http.tls.listen: TLS needs a certificate. Name one with http.tls.cert and http.tls.key"},
		{"MQTT over TLS without a certificate", "mqtt:\n  tls:\n    listen: 'x:1'\n", "", "FILE:3: mqtt.tls.listen: TLS needs a certificate. Name one with mqtt.tls.cert and mqtt.tls.key, or"},
		{"a certificate without a key", "http:\n  tls: {listen: 'x:1', cert: x.pem}\n", "", "FILE:2: http.tls.cert: its private key is missing. Set http.tls.key or HUBBUB_HTTP_TLS_KEY too"},
		{"a key without a certificate", "mqtt:\n  tls: {listen: 'x:1', key: x.pem}\n", "", "FILE:2: mqtt.tls.key: its certificate is missing. Set mqtt.tls.cert or HUBBUB_MQTT_TLS_CERT too"},
		{"a certificate for nobody", "http:\n  tls:\n    cert: <cert>\n    key: <key>\n", "", "FILE:3: http.tls.cert: nothing listens with it. Set http.tls.listen"},
		{"a certificate for no MQTT", "mqtt:\n  tls:\n    cert: <cert>\n    key: <key>\n", "", "FILE:3: mqtt.tls.cert: nothing listens with it. Set mqtt.tls.listen"},
		{"one address for plain and TLS", "mqtt:\n  listen: 'localhost:5'\n  tls: {listen: 'localhost:5', cert: <cert>, key: <key>}\n", "", "FILE:3: mqtt.tls.listen: localhost:5 is the address of mqtt.listen too."},
		{"a certificate that is not there", "http:\n  tls:\n    listen: 'x:1'\n    cert: /nowhere.pem\n    key: <key>\n", "", "FILE:4: http.tls.cert: there is no file /nowhere.pem. Write where it is"},
		{"a key that is not there", "http:\n  tls:\n    listen: 'x:1'\n    cert: <cert>\n    key: /nowhere.pem\n", "", "FILE:5: http.tls.key: there is no file /nowhere.pem. Write where it is"},
		{"a pair that is none", "mqtt:\n  tls:\n    listen: 'x:1'\n    cert: <cert>\n    key: <other>\n", "", "FILE:5: mqtt.tls.key: <other> is not the key of <cert>. Name the two that were made together"},
		{"a certificate and a key swapped", "http:\n  tls:\n    listen: 'x:1'\n    cert: <key>\n    key: <cert>\n", "", "FILE:4: http.tls.cert: <key> holds a key and no certificate. Are the two files swapped?"},
		{"a bad certificate from the environment", "mqtt:\n  tls: {listen: 'x:1', cert: <cert>, key: <key>}\n", "HUBBUB_MQTT_TLS_CERT=/nowhere.pem", "HUBBUB_MQTT_TLS_CERT: there is no file /nowhere.pem."},
		{"a list of certificates", "http:\n  tls: {cert: [a, b]}\n", "", `FILE:2: http.tls.cert: "[a b]" is no file.`},
		{"where to be sent on to", "http:\n  tls: {redirect: https}\n", "", `FILE:2: http.tls.redirect: "https" is neither true nor false, nor a port. Write one of them, such as 443`},
		{"how long https is taken", "http:\n  hsts: 1y\n", "", `FILE:2: http.hsts: "1y" is no time. Write none, or days such as 180d`},
		{"h2c", "http:\n  h2c: on request\n", "", `FILE:2: http.h2c: "on request" is neither true nor false.`},
		{"two certificates", "http:\n  tls: {listen: 'x:1', cert: <cert>, key: <key>}\nacme: {domains: [chat.example]}\n", "", "FILE:3: acme.domains: http.tls.cert names a certificate already. Take one of the two out"},
		{"domains for nobody", "acme:\n  domains: [chat.example]\n", "", "FILE:2: acme.domains: nothing listens with TLS. Set http.tls.listen"},
		{"an address for a domain", "acme:\n  domains:\n  - chat.example\n  - 192.0.2.1\n", "", `FILE:4: acme.domains: "192.0.2.1" is an address, and authorities give certificates for names.`},
		{"a domain of one word", "acme: {domains: [localhost]}\n", "", `FILE:1: acme.domains: "localhost" is no name that the internet knows.`},
		{"a domain as it is read", "acme:\n  domains:\n  - chat.example\n  - Bücher.example.\n", "", `FILE:4: acme.domains: "bücher.example." is not how the internet knows that name. Write it as xn--bcher-kva.example`},
		{"a domain of odd letters", "acme: {domains: [my_chat.example.org]}\n", "", `FILE:1: acme.domains: "my_chat.example.org" is no host's name. Write such as chat.example.org`},
		{"all domains", "acme: {domains: ['*.example.org']}\n", "", `FILE:1: acme.domains: "*.example.org" is no host's name.`},
		{"no e-mail address", "acme: {email: nobody}\n", "", `FILE:1: acme.email: "nobody" is no e-mail address.`},
		{"a directory without TLS", "acme: {directory: 'http://ca.example/dir'}\n", "", `FILE:1: acme.directory: "http://ca.example/dir" is no https address.`},
		{"a bad variable", "rooms:\n  create: anyone\n", "HUBBUB_ROOMS_CREATE=all", `HUBBUB_ROOMS_CREATE: "all" is not known.`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if key, value, ok := strings.Cut(test.env, "="); ok {
				t.Setenv(key, value)
			}
			file := write(t, strings.NewReplacer(pems...).Replace(test.file))
			c, err := loadConfig(file)
			if err == nil {
				_, err = c.certificates(slog.Default())
			}
			if err == nil {
				t.Fatal("accepted")
			}
			got := strings.ReplaceAll(err.Error(), file, "FILE")
			if want := strings.NewReplacer(pems...).Replace(test.want); !strings.HasPrefix(got, want) || !errors.As(err, new(usageError)) || strings.Contains(got, "\n") {
				t.Errorf("says  %s\nwants %s", got, test.want)
			}
		})
	}
	if _, err := loadConfig(write(t, "a: 1\nb: 2\nhttp: {listen: x}\n")); strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes at once: %v", err)
	}
	if _, err := loadConfig(t.TempDir()); err == nil || !strings.HasSuffix(err.Error(), ": is a folder. Name the file in it") {
		t.Errorf("a folder: %v", err)
	}
	c, err := loadConfig(write(t, "\nbots: /nowhere\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadBots(c); err == nil || !strings.Contains(err.Error(), "hubbub.yaml:2: bots: there is no folder /nowhere") {
		t.Errorf("no bots: %v", err)
	}
	if _, err := loadConfig("/nowhere/hubbub.yaml"); err == nil || !strings.Contains(err.Error(), "there is no such file") {
		t.Errorf("no file: %v", err)
	}
}
