package main

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// domains takes names that an authority gives certificates for.
func domains(dst *[]string, v any) error {
	if err := hosts(dst, v); err != nil {
		return err
	}
	for i, d := range *dst {
		name := strings.TrimSuffix(d, ".")
		ascii, err := idna.Lookup.ToASCII(name)
		switch {
		case net.ParseIP(strings.Trim(d, "[]")) != nil:
			return itemError{i + 1, fmt.Errorf("%q is an address, and authorities give certificates for names. Write such as chat.example.org", d)}
		case !strings.Contains(strings.Trim(d, "."), ".") || strings.HasPrefix(d, "."):
			return itemError{i + 1, fmt.Errorf("%q is no name that the internet knows. Write all of it, such as chat.example.org", d)}
		case err != nil:
			return itemError{i + 1, fmt.Errorf("%q is no host's name. Write such as chat.example.org", d)}
		case ascii != name: // which is what browsers ask for
			return itemError{i + 1, fmt.Errorf("%q is not how the internet knows that name. Write it as %s", d, ascii)}
		}
		(*dst)[i] = name
	}
	return nil
}

// email takes an address, or nothing.
func email(dst *string, v any) error {
	s := strings.TrimSpace(fmt.Sprint(v))
	if a, err := mail.ParseAddress(s); s != "" && (err != nil || a.Address != s) {
		return fmt.Errorf("%q is no e-mail address. Write such as admin@example.org, or leave the key out", s)
	}
	*dst = s
	return nil
}

func directory(dst *string, v any) error {
	s := fmt.Sprint(v)
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no https address. Write that of the authority's directory, or leave the key out for Let's Encrypt", s)
	}
	*dst = s
	return nil
}
