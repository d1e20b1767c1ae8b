package hub

// Types of the events that a conversation with a bot begins and ends with. Between
// them come chat events of the bot's rooms.
const (
	TypeScopeOpened = "scope.opened" // before the first event of a conversation
	TypeScopeClosed = "scope.closed" // its last one; what answers it is still said
)

// ScopeClosed is the detail of scope.closed.
type ScopeClosed struct {
	Reason string `json:"reason"` // one of ClosedIdle…
}

// Why a conversation ends.
const (
	ClosedIdle    = "idle"    // nobody said anything for long enough
	ClosedEnded   = "ended"   // the bot ended it
	ClosedRestart = "restart" // the hub stops
	ClosedRemoved = "removed" // the bot is taken out
)
