// Package http is the hub's HTTP server: the REST API as scopes of one request
// each, health, the UI's files, and the guard in front of them all.
//
//	server.go    what is mounted where, and its end
//	guard.go     which Host and Origin a request may name
//	admin.go     the API of the hub's operator
//	client.go    where a request comes from, behind proxies too
//	api.go       the REST API (/api/v1): requests become scopes
//	rooms.go     its operations on rooms
//	messages.go  on messages
//	session.go   on who one is
//	describe.go  its description (/openapi.json)
//	poll.go      GET …/events: the long poll
//	stream.go    GET …/stream: server-sent events, on connections of their own
//	sse.go       their format
//	position.go  where a reader goes on from
//	live.go      all that goes on for longer than an answer takes, and its end
//	ask.go       one request as a scope that sends one chat event
//	scopes.go    requests as scopes of an application of your own
//	reply.go     what such an application answers, on its way out
//	problem.go   errors as problem documents (RFC 9457)
//	ui.go        the UI's files
package http
