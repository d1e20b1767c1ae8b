// Package middleware wraps applications: one concern, one file, one function.
//
//	recover.go    panics become errors, with their stack in the log
//	log.go        the life of each scope in the log
//	metrics*.go   scopes and events counted, for Prometheus
//	rate.go       a bound of events a second, also of what no consumer is handed
//	connects.go   a bound of failed and anonymous connects a second
//	origin.go     no scope that another site's page opened
//	scopes.go     which scopes are open
//	channel.go    scopes are handed what is sent to their channel
//	bucket.go     the token buckets behind both bounds
//
// Mount them from the outside in: [Connects] and [Origin] before a scope costs
// anything, [Metrics] and [Log] so that they see what the rest refuses, [Recover],
// [Rate], and [Channel] next to the application. All but Connects and Origin
// belong inside of a codec, where events are those of the application.
package middleware
