package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Fault is what is wrong with a certificate's files, in words that end with what
// to do about it.
type Fault struct {
	Key  bool // it is the key's file, not the certificate's
	Text string
}

// Error implements error.
func (f *Fault) Error() string { return f.Text }

// Load reads a certificate, with the chain after it, and its private key, both as
// PEM; one file may hold both. Its error is a [*Fault].
func Load(certFile, keyFile string) (*tls.Certificate, error) {
	certPEM, err := read(certFile)
	if err != nil {
		return nil, &Fault{false, err.Error()}
	}
	chain, err := parseChain(certFile, certPEM)
	if err != nil {
		return nil, &Fault{false, err.Error()}
	}
	keyPEM, err := read(keyFile)
	if err != nil {
		return nil, &Fault{true, err.Error()}
	}
	if err := checkKey(keyFile, keyPEM); err != nil {
		return nil, &Fault{true, err.Error()}
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, mismatch(certFile, chain, keyFile, keyPEM, err)
	}
	return &pair, nil
}

func read(file string) ([]byte, error) {
	body, err := os.ReadFile(file)
	switch {
	case err == nil:
		return body, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s. Write where it is, seen from where hubbub is started", file)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s may not be read by this user. Give the hub's user the right to, and nobody else", file)
	case errors.Is(err, syscall.EISDIR):
		return nil, fmt.Errorf("%s is a folder. Name the file in it", file)
	default:
		return nil, fmt.Errorf("%s cannot be read: %w. Look after the disk, or name another file", file, err)
	}
}

// blocks returns the PEM blocks of a file.
func blocks(body []byte) (all []*pem.Block) {
	for block, rest := pem.Decode(body); block != nil; block, rest = pem.Decode(rest) {
		all = append(all, block)
	}
	return all
}

func parseChain(file string, body []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	key := false
	for _, b := range blocks(body) {
		key = key || isKey(b)
		if b.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of %s is damaged (%w). Copy it anew from who made it", len(chain)+1, file, err)
		}
		chain = append(chain, cert)
	}
	switch {
	case len(chain) > 0:
		return chain, nil
	case key:
		return nil, fmt.Errorf("%s holds a key and no certificate. Are the two files swapped?", file)
	}
	if _, err := x509.ParseCertificate(body); err == nil {
		return nil, fmt.Errorf("%s is DER, not PEM. Make that of it: openssl x509 -inform der -in %[1]s -out cert.pem", file)
	}
	return nil, fmt.Errorf("%s holds no certificate. It is a PEM file with -----BEGIN CERTIFICATE-----: copy it anew", file)
}

func isKey(b *pem.Block) bool { return strings.HasSuffix(b.Type, "PRIVATE KEY") }

func checkKey(file string, body []byte) error {
	all := blocks(body)
	for _, b := range all {
		switch {
		case !isKey(b):
		case b.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED"):
			return fmt.Errorf("%s is encrypted, and nobody is there to type its passphrase. Take that off: openssl pkey -in %[1]s -out key.pem", file)
		default:
			return nil
		}
	}
	if len(all) > 0 {
		return fmt.Errorf("%s holds no private key, but a %s. Name the file that was made beside the certificate", file, strings.ToLower(all[0].Type))
	}
	return fmt.Errorf("%s holds no private key. It is a PEM file with -----BEGIN PRIVATE KEY-----: copy it anew", file)
}

// mismatch says why the two are no pair.
func mismatch(certFile string, chain []*x509.Certificate, keyFile string, keyPEM []byte, err error) *Fault {
	if key := publicOf(keyPEM); key == nil {
		return &Fault{true, fmt.Sprintf("%s is damaged, or of a kind that TLS does not use (%v). Take a key of ECDSA, RSA or Ed25519", keyFile, err)}
	} else if i := indexOf(chain, key); i > 0 {
		return &Fault{false, fmt.Sprintf("%s begins with the certificate of %q, and the hub's own comes later. Put that first, then those that lead to its root", certFile, chain[0].Subject)}
	}
	return &Fault{true, fmt.Sprintf("%s is not the key of %s. Name the two that were made together", keyFile, certFile)}
}

// publicOf returns the public half of a PEM's first key, nil where it cannot be
// read.
func publicOf(body []byte) crypto.PublicKey {
	for _, b := range blocks(body) {
		if !isKey(b) {
			continue
		}
		for _, parse := range []func([]byte) (any, error){
			x509.ParsePKCS8PrivateKey,
			func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
			func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
		} {
			key, err := parse(b.Bytes)
			if signer, ok := key.(crypto.Signer); err == nil && ok {
				return signer.Public()
			}
		}
		return nil
	}
	return nil
}

// indexOf returns the place of the key's certificate, -1 where it is not there.
func indexOf(chain []*x509.Certificate, key crypto.PublicKey) int {
	for i, cert := range chain {
		if public, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && public.Equal(key) {
			return i
		}
	}
	return -1
}
