package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/viper"

	"hubbub/hub"
)

// Config is what the hub is told at its start. DESIGN and configs/hubbub.yaml
// say what each key means.
type Config struct {
	HTTPListen      string // empty where there is none, as those of TLS and MQTT
	HTTPHosts       []string
	TrustedProxies  []netip.Prefix
	CompressSockets bool
	H2C             bool
	HSTS            time.Duration // 0 is none
	HTTPS           tlsConfig
	Redirect        sentOn
	MQTTListen      string
	MQTTS           tlsConfig
	ACMEDomains     []string
	ACMEEmail       string
	ACMEDirectory   string
	Data            string
	Guests          bool
	RoomsCreate     string
	RoomsHistory    hub.Policy
	RoomRules       []roomRule
	DeliveryGap     time.Duration
	LimitEvents     int
	LimitConnects   int
	Bots            string
	LogLevel        slog.Level
	LogFormat       string

	file   string
	values map[string]any // as they were written
	doc    *document
}

// from says where the value of key comes from.
func (c *Config) from(key string) origin { return c.doc.origin(key) }

// source says where the config comes from.
func (c *Config) source() string {
	if c.file == "" {
		return "the built-in config"
	}
	return c.file
}

// setting is one key: its default, and how its value is taken over. take
// returns what is wrong and the cure.
type setting struct {
	key      string
	fallback any
	take     func(c *Config, v any) error
}

var settings = []setting{
	{"http.listen", "127.0.0.1:8080", func(c *Config, v any) error { return listener(&c.HTTPListen, v) }},
	{"http.hosts", []string{}, func(c *Config, v any) error { return hosts(&c.HTTPHosts, v) }},
	{"http.trusted_proxies", []string{}, func(c *Config, v any) error { return prefixes(&c.TrustedProxies, v) }},
	{"http.compress_sockets", false, func(c *Config, v any) error { return boolean(&c.CompressSockets, v) }},
	{"http.h2c", false, func(c *Config, v any) error { return boolean(&c.H2C, v) }},
	{"http.hsts", none, func(c *Config, v any) error { return hsts(&c.HSTS, v) }},
	{"http.tls.listen", none, func(c *Config, v any) error { return listener(&c.HTTPS.Listen, v) }},
	{"http.tls.cert", "", func(c *Config, v any) error { return file(&c.HTTPS.Cert, v) }},
	{"http.tls.key", "", func(c *Config, v any) error { return file(&c.HTTPS.Key, v) }},
	{"http.tls.redirect", true, func(c *Config, v any) error { return redirect(&c.Redirect, v) }},
	{"mqtt.listen", "127.0.0.1:1883", func(c *Config, v any) error { return listener(&c.MQTTListen, v) }},
	{"mqtt.tls.listen", none, func(c *Config, v any) error { return listener(&c.MQTTS.Listen, v) }},
	{"mqtt.tls.cert", "", func(c *Config, v any) error { return file(&c.MQTTS.Cert, v) }},
	{"mqtt.tls.key", "", func(c *Config, v any) error { return file(&c.MQTTS.Key, v) }},
	{"acme.domains", []string{}, func(c *Config, v any) error { return domains(&c.ACMEDomains, v) }},
	{"acme.email", "", func(c *Config, v any) error { return email(&c.ACMEEmail, v) }},
	{"acme.directory", "https://acme-v02.api.letsencrypt.org/directory", func(c *Config, v any) error { return directory(&c.ACMEDirectory, v) }},
	{"data", "./data", func(c *Config, v any) error { return text(&c.Data, v) }},
	{"store", "sqlite", func(_ *Config, v any) error { return only(v, "sqlite") }},
	{"layer", "memory", func(_ *Config, v any) error { return only(v, "memory") }},
	{"auth.guests", true, func(c *Config, v any) error { return boolean(&c.Guests, v) }},
	{"rooms.create", "anyone", func(c *Config, v any) error {
		return oneOf(&c.RoomsCreate, v, "anyone", "members", "admins")
	}},
	{"rooms.history", "forever", func(c *Config, v any) error { return history(&c.RoomsHistory, v) }},
	{"rooms.rules", []any{}, func(c *Config, v any) error { return rules(&c.RoomRules, v) }},
	{"delivery.gap", "5ms", func(c *Config, v any) error { return pause(&c.DeliveryGap, v, time.Second) }},
	{"limits.events", 50, func(c *Config, v any) error { return count(&c.LimitEvents, v) }},
	{"limits.connects", 20, func(c *Config, v any) error { return count(&c.LimitConnects, v) }},
	{"bots", "configs/bots", func(c *Config, v any) error { return text(&c.Bots, v) }},
	{"log.level", "info", func(c *Config, v any) error { return level(&c.LogLevel, v) }},
	{"log.format", "text", func(c *Config, v any) error { return oneOf(&c.LogFormat, v, "text", "json") }},
}

// loadConfig reads the file named, or the first of the usual ones, and the
// environment. Its error is all mistakes, one a line.
func loadConfig(named string) (*Config, error) {
	doc := &document{}
	v := viper.NewWithOptions(viper.WithCodecRegistry(doc.registry()))
	v.SetEnvPrefix("HUBBUB")
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	v.AutomaticEnv()
	v.AllowEmptyEnv(true)
	for _, s := range settings {
		v.SetDefault(s.key, s.fallback)
	}
	c := &Config{doc: doc, values: make(map[string]any)}
	if c.file = findConfig(named); c.file != "" {
		v.SetConfigFile(c.file)
		v.SetConfigType("yaml")
		if err := v.ReadInConfig(); err != nil {
			return nil, mistakes{fileError(c.file, err)}
		}
		doc.file = c.file
	}
	errs := append(doc.mistakes(), unknownVariables(os.Environ())...)
	for _, s := range settings {
		value := v.Get(s.key)
		if value == nil {
			continue // its section is no section, as is said already
		}
		c.values[s.key] = value
		if err := s.take(c, value); err != nil {
			of, _ := errors.AsType[itemError](err)
			errs = append(errs, fmt.Errorf("%s: %w", doc.where(s.key, of.item), err))
		}
	}
	if len(errs) == 0 {
		errs = c.conflicts()
	}
	if len(errs) > 0 {
		return nil, mistakes{errors.Join(errs...)}
	}
	return c, nil
}

// itemError is a mistake in an item of a list, from 1.
type itemError struct {
	item int
	err  error
}

func (e itemError) Error() string { return e.err.Error() }
func (e itemError) Unwrap() error { return e.err }

func findConfig(named string) string {
	if named != "" {
		return named
	}
	for _, file := range []string{"configs/hubbub.yaml", "/etc/hubbub/hubbub.yaml"} {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return ""
}

func fileError(file string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such file. Name another with --config, or none for the built-in config", file)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: may not be read. Give this user the right to", file)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%s: is a folder. Name the file in it", file)
	}
	if parse, ok := errors.AsType[viper.ConfigParseError](err); ok {
		err = errors.Unwrap(parse)
	}
	text := err.Error()
	if !strings.Contains(text, ". ") { // the parser's own, which has no cure
		text += ". Mend the YAML; it is indented with spaces, not tabs"
	}
	if found := lineOf.FindStringSubmatch(text); found != nil {
		return fmt.Errorf("%s:%s: %s", file, found[1], found[2])
	}
	return fmt.Errorf("%s: %s", file, text)
}

// lineOf takes the line off an error of the parser.
var lineOf = regexp.MustCompile(`(?s)^line (\d+): (.*)$`)

// toolVariables are those of the project's own tools.
var toolVariables = []string{"HUBBUB_BIN", "HUBBUB_SKIP_SETUP", "HUBBUB_TEST_IS_THE_HUB"}

// unknownVariables returns an error for each variable of the environment that
// looks like a key of the config and is none.
func unknownVariables(environ []string) []error {
	var errs []error
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "HUBBUB_") || slices.Contains(toolVariables, name) ||
			strings.HasPrefix(name, "HUBBUB_PORT") || strings.HasPrefix(name, "HUBBUB_SERVICE_") { // Kubernetes' for a service of that name
			continue
		}
		if !slices.ContainsFunc(settings, func(s setting) bool { return envName(s.key) == name }) {
			key := strings.ToLower(strings.Replace(strings.TrimPrefix(name, "HUBBUB_"), "_", ".", 1))
			errs = append(errs, fmt.Errorf("%s is no variable of the config. %s", name, suggestion(key, envName)))
		}
	}
	return errs
}

// envName returns the variable of a key.
func envName(key string) string {
	return "HUBBUB_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func text(dst *string, v any) error {
	s, ok := v.(string)
	if !ok || strings.TrimSpace(s) == "" {
		return fmt.Errorf("%q is no text. Write a word or a path, or leave the key out", fmt.Sprint(v))
	}
	*dst = s
	return nil
}

func oneOf(dst *string, v any, words ...string) error {
	s := fmt.Sprint(v)
	if slices.Contains(words, s) {
		*dst = s
		return nil
	}
	return fmt.Errorf("%q is not known. Write %s", s, strings.Join(words, " or "))
}

func only(v any, word string) error {
	if s := fmt.Sprint(masked(v)); s != word {
		return fmt.Errorf("this version of hubbub knows only %s, not %q. Write %[1]s, or leave the key out", word, s)
	}
	return nil
}

func address(dst *string, v any) error {
	s := fmt.Sprint(v)
	host, port, err := net.SplitHostPort(s)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 || strings.ContainsAny(host, " \t/@") {
		return fmt.Errorf("%q is no address. Write host:port, such as 127.0.0.1:8080 or localhost:1883, or port 0 for any free one", s)
	}
	*dst = s
	return nil
}

func boolean(dst *bool, v any) error {
	b, err := strconv.ParseBool(fmt.Sprint(v))
	if err != nil {
		return fmt.Errorf("%q is neither true nor false. Write one of the two", fmt.Sprint(v))
	}
	*dst = b
	return nil
}

func count(dst *int, v any) error {
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no count. Write a whole number, or 0 for no limit", fmt.Sprint(v))
	}
	*dst = n
	return nil
}

// pause takes a time of at most so long.
func pause(dst *time.Duration, v any, most time.Duration) error {
	s := fmt.Sprint(v)
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > most {
		return fmt.Errorf("%q is no time from 0 to %v. Write such as 5ms, or 0 for none", s, most)
	}
	*dst = d
	return nil
}

func level(dst *slog.Level, v any) error {
	if err := dst.UnmarshalText([]byte(fmt.Sprint(v))); err != nil {
		return fmt.Errorf("%q is no level. Write debug, info, warn or error", fmt.Sprint(v))
	}
	return nil
}

// list takes a list, or, from the environment, words with commas between.
func list(dst *[]string, v any) error {
	var words []string
	switch v := v.(type) {
	case string:
		words = strings.Split(v, ",")
	case []string:
		words = v
	case []any:
		for _, item := range v {
			words = append(words, fmt.Sprint(item))
		}
	default:
		return fmt.Errorf("%v is no list. Write [one, two]", v)
	}
	for _, w := range words {
		if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
			*dst = append(*dst, w)
		}
	}
	return nil
}

// hosts takes names as they stand in a request's Host, without the port.
func hosts(dst *[]string, v any) error {
	if err := list(dst, v); err != nil {
		return err
	}
	for _, h := range *dst {
		if strings.ContainsAny(h, "/: \t*") {
			return fmt.Errorf("%q is no host's name. Write it without scheme and port, such as chat.example.org", h)
		}
	}
	return nil
}

func prefixes(dst *[]netip.Prefix, v any) error {
	var words []string
	if err := list(&words, v); err != nil {
		return err
	}
	for _, w := range words {
		p, err := netip.ParsePrefix(w)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(w); err == nil {
				p = netip.PrefixFrom(a, a.BitLen())
			}
		}
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a network. Write such as 10.0.0.0/8 or 127.0.0.1", w)
		}
		if p.Bits() == 0 {
			return fmt.Errorf("%q trusts everybody to say where they come from. Name your proxies alone", w)
		}
		*dst = append(*dst, p)
	}
	return nil
}
