package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// none is the address of a listener that is not wanted.
const none = "none"

// tlsConfig is what the config says of a listener with TLS.
type tlsConfig struct {
	Listen    string // empty where there is none
	Cert, Key string // files
}

// sentOn says where plain requests are sent on to https.
type sentOn struct {
	Off  bool
	Port int // 0 is that of http.tls.listen
}

// listener takes an address, or none, which is empty.
func listener(dst *string, v any) error {
	if fmt.Sprint(v) == none {
		*dst = ""
		return nil
	}
	return address(dst, v)
}

// file takes the path of one, or nothing.
func file(dst *string, v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("%q is no file. Write the path of one, or leave the key out", fmt.Sprint(v))
	}
	*dst = s
	return nil
}

func redirect(dst *sentOn, v any) error {
	switch s := fmt.Sprint(v); s {
	case "true":
		*dst = sentOn{}
	case "false":
		*dst = sentOn{Off: true}
	default:
		port, err := strconv.ParseUint(s, 10, 16)
		if err != nil || port == 0 {
			return fmt.Errorf("%q is neither true nor false, nor a port. Write one of them, such as 443", s)
		}
		*dst = sentOn{Port: int(port)}
	}
	return nil
}

// hsts takes none, or a number of days.
func hsts(dst *time.Duration, v any) error {
	s := fmt.Sprint(v)
	if s == none {
		*dst = 0
		return nil
	}
	days, ok := strings.CutSuffix(s, "d")
	n, err := strconv.ParseUint(days, 10, 12)
	if err != nil || !ok || n == 0 {
		return fmt.Errorf("%q is no time. Write none, or days such as 180d", s)
	}
	*dst = time.Duration(n) * 24 * time.Hour
	return nil
}

// clash is an error about a key that is right by itself.
func (c *Config) clash(key, format string, args ...any) error {
	return fmt.Errorf("%s: %s", c.from(key).where(key), fmt.Sprintf(format, args...))
}

// conflicts returns what is wrong with keys that are right each by itself.
func (c *Config) conflicts() []error {
	errs := c.sharedAddresses()
	if c.HTTPListen == "" && c.HTTPS.Listen == "" {
		errs = append(errs, c.clash("http.listen", "it is none, and so is http.tls.listen: nobody could reach the hub. Set one of the two"))
	}
	errs = append(errs, c.halfPair("http.tls", &c.HTTPS)...)
	errs = append(errs, c.halfPair("mqtt.tls", &c.MQTTS)...)
	if len(errs) > 0 {
		return errs
	}
	return c.certificateClashes()
}

// certificateClashes returns an error for each listener without a certificate, and
// for each certificate that is one too many.
func (c *Config) certificateClashes() (errs []error) {
	file, given := c.HTTPS.Cert != "", len(c.ACMEDomains) > 0
	shared := file || given
	used := c.HTTPS.Listen != "" || c.MQTTS.Listen != "" && c.MQTTS.Cert == "" // what is shared
	for _, rule := range []struct {
		wrong     bool
		key, text string
	}{
		{c.HTTPS.Listen != "" && !shared, "http.tls.listen",
			"TLS needs a certificate. Name one with http.tls.cert and http.tls.key, or have one made for acme.domains"},
		{c.MQTTS.Listen != "" && c.MQTTS.Cert == "" && !shared, "mqtt.tls.listen",
			"TLS needs a certificate. Name one with mqtt.tls.cert and mqtt.tls.key, or with those of http.tls, or have one made for acme.domains"},
		{file && given, "acme.domains", "http.tls.cert names a certificate already. Take one of the two out"},
		{given && !used, "acme.domains", "nothing listens with TLS. Set http.tls.listen, such as 0.0.0.0:443, or take it out"},
		{file && !used, "http.tls.cert", "nothing listens with it. Set http.tls.listen, such as 0.0.0.0:443, or take it out"},
		{c.MQTTS.Cert != "" && c.MQTTS.Listen == "", "mqtt.tls.cert", "nothing listens with it. Set mqtt.tls.listen, such as 0.0.0.0:8883, or take it out"},
	} {
		if rule.wrong {
			errs = append(errs, c.clash(rule.key, "%s", rule.text))
		}
	}
	return errs
}

// halfPair returns an error for a certificate without its key, or the other way
// round.
func (c *Config) halfPair(section string, t *tlsConfig) []error {
	if (t.Cert == "") == (t.Key == "") {
		return nil
	}
	there, missing, what := section+".cert", section+".key", "its private key"
	if t.Cert == "" {
		there, missing, what = missing, there, "its certificate"
	}
	return []error{c.clash(there, "%s is missing. Set %s or %s too", what, missing, envName(missing))}
}

// sharedAddresses returns an error for each address that two listeners are to have.
func (c *Config) sharedAddresses() (errs []error) {
	keys := []string{"http.listen", "http.tls.listen", "mqtt.listen", "mqtt.tls.listen"}
	addresses := []string{c.HTTPListen, c.HTTPS.Listen, c.MQTTListen, c.MQTTS.Listen}
	for i, address := range addresses {
		_, port, _ := net.SplitHostPort(address)
		if first := slices.Index(addresses, address); first < i && address != "" && port != "0" {
			errs = append(errs, c.clash(keys[i], "%s is the address of %s too. Give each a port of its own", address, keys[first]))
		}
	}
	return errs
}

// names are those that browsers reach the hub by.
func (c *Config) names() []string { return append(slices.Clone(c.HTTPHosts), c.ACMEDomains...) }
