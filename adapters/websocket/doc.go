// Package websocket presents browsers' sockets as scopes.
//
// A connection's consumer is handed websocket.receive events and answers with
// websocket.send and websocket.close; [Chat] wraps an application that speaks
// chat events instead, one JSON object a text frame (RFC 6455, subprotocol
// hubbub.v1).
//
//	events.go   the protocol events
//	server.go   the upgrade; all connections, and their end
//	conn.go     one connection: its beginning and end, what the consumer says
//	read.go     reading: short frames by ourselves, all others with the library
//	ping.go     pings, and the end of peers that are silent
//	park*.go    connections at rest, which have no goroutine (on Linux)
//	deflate.go  compressed messages
//	frame.go    frames as bytes; the format of a room's frames
//	chat.go     the codec between frames and chat events
package websocket
