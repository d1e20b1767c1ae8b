package hub

// Types of the protocol events of a [ScopeWebSocket]. A consumer is handed the
// first, and sends the others.
const (
	TypeSocketReceive = "websocket.receive" // Detail *SocketMessage
	TypeSocketSend    = "websocket.send"    // Detail *SocketMessage
	TypeSocketClose   = "websocket.close"   // Detail *SocketClose; nothing can be sent after it
)

// SocketMessage is one message of a socket: the detail of websocket.receive and
// websocket.send.
type SocketMessage struct {
	Binary bool // else Data is text, valid UTF-8
	Data   []byte
}

// SocketClose is the detail of websocket.close.
type SocketClose struct {
	Code   int    // RFC 6455, section 7.4
	Reason string // at most 123 bytes; more is cut
}

// SocketText returns the websocket.send of a text.
func SocketText(text string) Event {
	return Event{Type: TypeSocketSend, Detail: &SocketMessage{Data: []byte(text)}}
}
