package certs

import "crypto/tls"

// Source has the certificate for a handshake. It is safe for concurrent use.
type Source interface {
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
}

// Config returns a server's settings: TLS 1.2 or newer, with what Go takes for
// safe. A write is as few records as it can be, since many readers get the same
// bytes.
func Config(from Source) *tls.Config {
	return &tls.Config{
		GetCertificate:              from.GetCertificate,
		MinVersion:                  tls.VersionTLS12,
		DynamicRecordSizingDisabled: true,
	}
}
