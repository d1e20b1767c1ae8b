// Package certs knows the certificates that a hub shows to those who reach it over
// TLS: where they come from, what is wrong with them, and when they end.
//
//	source.go   what a listener asks, and its settings
//	load.go     a pair of files, and each mistake in one with its cure
//	expiry.go   what to say of a certificate's dates
//	files.go    a pair of files that is read anew when it changes
//	acme.go     those that an authority gives to who has the domain
//	reasons.go  what that authority says is wrong
//	local.go    a hub's own certificate, for the commands on its machine
package certs
