package certs

import (
	"crypto/x509"
	"fmt"
	"time"
)

// soon is how long before its end a certificate is told of.
const soon = 14 * 24 * time.Hour

// Expiry returns what is to be said of a certificate's dates at the time given:
// that it has ended, ends soon, or has not begun; nothing where all is right.
func Expiry(leaf *x509.Certificate, now time.Time) string {
	left := leaf.NotAfter.Sub(now)
	switch {
	case left <= 0:
		return "it ended on " + day(leaf.NotAfter) + ", and is refused by whoever checks it. Get a new one"
	case now.Before(leaf.NotBefore):
		return "it begins on " + day(leaf.NotBefore) + " only. Is the clock right?"
	case left < soon:
		return fmt.Sprintf("it ends in %s, on %s. Get a new one", Left(left), day(leaf.NotAfter))
	default:
		return ""
	}
}

// Left says how long a certificate is good for yet.
func Left(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
