// Package http is the hub's HTTP server: the REST API as scopes of one request
// each, health, the UI's files, and the guard in front of them all.
//
//	server.go    what is mounted where
//	guard.go     which Host and Origin a request may name
//	admin.go     the API of the hub's operator
//	client.go    where a request comes from, behind proxies too
//	api.go       the REST API's operations (/api/v1, /openapi.json)
//	ask.go       one request as a scope that sends one chat event
//	scopes.go    requests as scopes of an application of your own
//	reply.go     what such an application answers, on its way out
//	problem.go   errors as problem documents (RFC 9457)
//	ui.go        the UI's files
package http
