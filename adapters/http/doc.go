// Package http is the hub's HTTP server: the REST API as scopes of one request
// each, health, the UI's files, and the guard in front of them all.
//
//	server.go    what is mounted where, and its end
//	upgrades.go  sockets, opened in front of the HTTP server (peek_*.go)
//	guard.go     which Host and Origin a request may name
//	secure.go    what holds where there is https
//	admin.go     the API of the hub's operator
//	client.go    where a request comes from, behind proxies too
//	api.go       the REST API (/api/v1): requests become scopes
//	rooms.go     its operations on rooms
//	messages.go  on messages
//	session.go   on who one is
//	about.go     what the hub is, for whoever asks
//	describe.go  its description (/openapi.json)
//	poll.go      GET …/events: the long poll
//	stream.go    GET …/stream: server-sent events, on connections of their own
//	shared.go    the same as shares of HTTP/2 connections
//	sse.go       their format
//	deadpeer_*.go  readers whose network is gone
//	live.go      all that goes on for longer than an answer takes, and its end
//	ask.go       one request as a scope that sends one chat event
//	scopes.go    requests as scopes of an application of your own
//	reply.go     what such an application answers, on its way out
//	hook.go      incoming webhooks, as Slack's
//	problem.go   errors as problem documents (RFC 9457)
//	ui.go        the UI: which files, and how long they may be kept
//	docs.go      the reference of the API (/docs; its files are in reference/)
//	assets.go    files as they are sent, compressed
package http
