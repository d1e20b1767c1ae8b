package websocket

import "hubbub/hub"

// The protocol events, which are package hub's, by the names that they have here.
const (
	TypeReceive = hub.TypeSocketReceive
	TypeSend    = hub.TypeSocketSend
	TypeClose   = hub.TypeSocketClose
)

// Their details.
type (
	Message = hub.SocketMessage
	Close   = hub.SocketClose
)
