package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	httpapi "hubbub/adapters/http"
)

// runFile is what a running hub leaves in its data folder for the hubbub command:
// where it is, and the key that opens its operator's API. Who may read the folder
// could read the database too, and so is the operator. A hub that was killed leaves
// it behind: its address is then nobody's, or that of a hub that does not know the key.
type runFile struct {
	HTTP string  `json:"http"`          // address
	TLS  *runTLS `json:"tls,omitempty"` // where it is one of https
	Key  string  `json:"key"`
}

// runTLS is how the hub is known over TLS: by a certificate that it made for this
// file alone. So nothing here depends on the one that it shows to others.
type runTLS struct {
	Name string `json:"name"`
	Cert string `json:"cert"` // PEM
}

// url returns the address of a path.
func (r *runFile) url(path string) *url.URL {
	u := &url.URL{Scheme: "http", Host: r.HTTP, Path: path}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u
}

// trust returns what is checked over TLS, nil where there is none.
func (r *runFile) trust() *tls.Config {
	if r.TLS == nil {
		return nil
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(r.TLS.Cert))
	return &tls.Config{ServerName: r.TLS.Name, RootCAs: roots}
}

func (c *Config) runFile() string { return filepath.Join(c.Data, "hubbub.run") }

// writeRunFile is for a hub that has the data folder for itself.
func (c *Config) writeRunFile(run runFile) error {
	body, err := json.Marshal(run)
	if err != nil {
		return err
	}
	part := c.runFile() + ".part"
	_ = os.Remove(part) // of a hub that was killed, maybe with other rights
	if err := os.WriteFile(part, append(body, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(part, c.runFile())
}

func newKey() string { return strings.ToLower(rand.Text()) }

// errNoHub says that no hub runs on the data.
var errNoHub = errors.New("no hub runs")

// operator speaks to the running hub's operator's API.
type operator struct {
	run    runFile
	client *http.Client
}

// findHub returns the way to the hub that runs on the config's data, or errNoHub.
func (c *Config) findHub() (*operator, error) {
	body, err := os.ReadFile(c.runFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoHub
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("%w. Run this as the user of the hub", err)}
	}
	o := new(operator)
	if err := json.Unmarshal(body, &o.run); err != nil {
		return nil, fmt.Errorf("%s: %w. Restart the hub, which writes it", c.runFile(), err)
	}
	o.client = clientOf(o.run.trust(), nil, nil)
	return o, nil
}

// ask makes a request and decodes the answer, where answer is not nil. It fails with
// errNoHub where no hub of this data is at the address.
func (o *operator) ask(ctx context.Context, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, o.run.url(path).String(), strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+o.run.Key)
	req.Header.Set("Content-Type", "application/json")
	err = do(o.client, req, answer)
	refusal, refused := errors.AsType[*refusal](err)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, new(*distrust)) || refused && (refusal.status == http.StatusUnauthorized || refusal.status == http.StatusMisdirectedRequest) {
		return errNoHub
	}
	return err
}

// scopes returns who is connected.
func (o *operator) scopes(ctx context.Context) ([]httpapi.AdminScope, error) {
	var answer struct{ Scopes []httpapi.AdminScope }
	err := o.ask(ctx, http.MethodGet, httpapi.ScopesPath, nil, &answer)
	return answer.Scopes, err
}
