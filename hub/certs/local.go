package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Local is a certificate of a hub's own, which lives as long as the process. It is
// shown to those alone who ask for its name, that nobody can guess: commands on
// the same machine, which are told of it in a file. So they need no name of the
// hub's and no authority, and still speak to nobody else.
type Local struct {
	Name string // what is asked for (SNI)
	PEM  []byte // what it is checked against
	pair tls.Certificate
	from Source
}

var _ Source = (*Local)(nil)

// NewLocal makes one. All others are shown what from has.
func NewLocal(from Source) (*Local, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certs: make a key: %w", err)
	}
	name := strings.ToLower(rand.Text()) + ".hubbub.internal"
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{name},
		NotBefore:    time.Now().Add(-24 * time.Hour), // clocks are set
		NotAfter:     time.Now().AddDate(100, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certs: make a certificate: %w", err)
	}
	return &Local{
		Name: name,
		PEM:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		from: from,
	}, nil
}

// GetCertificate implements [Source].
func (l *Local) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.ServerName == l.Name {
		return &l.pair, nil
	}
	return l.from.GetCertificate(hello)
}
