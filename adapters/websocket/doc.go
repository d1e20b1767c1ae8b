// Package websocket presents browsers' sockets as scopes.
//
// A connection's consumer is handed websocket.receive events and answers with
// websocket.send and websocket.close; [Chat] wraps an application that speaks
// chat events instead, one JSON object a text frame (RFC 6455, subprotocol
// hubbub.v1).
//
//	events.go   the protocol events
//	server.go   the upgrade; all connections, and their end
//	conn.go     one connection: reading, pings, what the consumer says
//	deflate.go  compressed messages
//	frame.go    frames as bytes; the format of a room's frames
//	chat.go     the codec between frames and chat events
package websocket
