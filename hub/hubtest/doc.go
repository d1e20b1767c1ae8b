// Package hubtest tests what is built on package hub.
//
// Communicators open a scope of an application without a network, as its adapter
// would, and are the peer: a consumer is tested in a few lines, with time that
// does not pass (testing/synctest) where it waits for some.
//
//	ws := hubtest.OpenWebSocket(t, app, "/ws/rooms/lobby", hubtest.As("ada"))
//	ws.Say("hello")
//	if got := ws.Hear(); got != "ada: hello" { … }
//
// Suites prove the contracts of package hub: one exported function for each, which
// every implementation runs in its own tests. A [Proxy] is a bad network.
//
// Which file owns what:
//
//	conn.go, peer.go             a scope: what the adapter does, what the peer does
//	websocket.go, http.go,
//	mqtt.go, chat.go, worker.go,
//	scope.go                     scopes of each type, and how their adapters fill them
//	strict.go                    watches how a consumer is called
//	transcript.go, settle.go     what a failure shows; waiting for nothing
//	tb.go                        tests, and examples, which have none
//	proxy.go                     a network that breaks
//	authority.go                 certificates
//	layer*.go, store*.go         the suites
//	endless.go                   a store for tests of much
package hubtest
