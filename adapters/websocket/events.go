package websocket

import "hubbub/hub"

// The protocol events, which are package hub's, by the names that they have here.
const (
	TypeReceive = hub.TypeSocketReceive
	TypeSend    = hub.TypeSocketSend
	TypeClose   = hub.TypeSocketClose
)

type (
	// Message is the detail of websocket.receive and websocket.send.
	Message = hub.SocketMessage
	// Close is the detail of websocket.close.
	Close = hub.SocketClose
)
