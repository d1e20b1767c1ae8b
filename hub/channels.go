package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
)

// Channels hands messages from whoever knows a channel's name to whoever
// receives from it, on whatever hub either is. A message is bytes that the
// layer does not look into. A channel needs no opening: it is there while it
// holds messages, has a reader or an owner, or is in a group.
//
// Delivery is at most once, and to exactly one of several readers. What one
// sender sends to a channel is received in that order. A message that nobody
// takes within the expiry is dropped; none is kept beyond the life of the layer.
//
// All methods may be called concurrently, and none but Receive waits for others. A
// layer that is elsewhere takes the time of asking there, and while it cannot be
// reached answers [Unavailable], which leaves open whether a message was sent;
// Receive goes on waiting. The layer copies what it is given before a method
// returns; what it hands out belongs to who received it. Names are those of
// [CheckChannelName], other ones [Invalid] errors. A closed layer answers
// [ErrLayerClosed].
type Channels interface {
	// NewChannel returns a name that nobody has used or can guess, prefix and
	// "!" and random letters. The prefix, at most [MaxChannelPrefix] bytes
	// without "!", is "channel" where it is empty.
	NewChannel(ctx context.Context, prefix string) (string, error)
	// Send puts a message into a channel. It fails with [ErrChannelFull] or
	// [ErrMessageTooLarge].
	Send(ctx context.Context, channel string, message []byte) error
	// Receive takes the channel's oldest message, and waits for one until ctx
	// ends. A Receive that returns an error has taken none.
	Receive(ctx context.Context, channel string) ([]byte, error)
	// Own makes the caller an owner of the channel until it closes the inbox.
	// While a channel has an owner, it stays in its groups. wake is called when
	// a message has come and waits; it must not wait, and may be called from
	// any goroutine, several times at once, for nothing, and before Own or just
	// after Close has returned. So a quiet channel needs no goroutine.
	Own(ctx context.Context, channel string, wake func()) (Inbox, error)
	Groups
	// Flush empties all channels and groups, of all hubs. Those who own and
	// those who wait stay.
	Flush(ctx context.Context) error
	// Drops counts what this process lost, or found to be lost, since it opened the
	// layer.
	Drops() Drops
}

// Groups sends one message to many channels. Its errors, its concurrency and
// the ownership of bytes are those of [Channels].
type Groups interface {
	// GroupAdd makes the channel a member of the group; adding it twice is one
	// membership. It ends by GroupDiscard, when the channel's last owner closes
	// its inbox or, in a channel without owner, when for the group expiry it was
	// neither added to a group nor received from. What a process owned that ended
	// without closing the layer has no owner from about the group expiry on.
	GroupAdd(ctx context.Context, group, channel string) error
	// GroupDiscard ends a membership. That there is none is no error.
	GroupDiscard(ctx context.Context, group, channel string) error
	// GroupSend sends a message to every member of the group. Members that are
	// full miss it, which is counted and no error, and others are not kept from
	// it. It fails with [ErrMessageTooLarge].
	GroupSend(ctx context.Context, group string, message []byte) error
}

// Inbox is an owner's way to the messages of its channel. Its methods may be
// called concurrently.
type Inbox interface {
	// Next takes the oldest message, and reports whether there was one. It does not
	// wait for one; a layer that is elsewhere takes the time of asking there. While
	// it cannot be reached there is none, and wake is called later.
	Next() (message []byte, ok bool)
	// Close ends the ownership. A channel without an owner left leaves its
	// groups and drops its messages, as soon as the layer can be reached. More calls
	// do nothing.
	Close()
}

// Drops counts messages that were sent to a channel and never received.
type Drops struct {
	Full      uint64 // came to a full channel: refused by Send, missed by a member of a group
	Expired   uint64 // not received in time
	Abandoned uint64 // left in a channel when its last owner closed the inbox
}

// Limits of channels, the same on every layer.
const (
	MaxChannelName    = 100                                // bytes of a channel's or a group's name
	MaxChannelPrefix  = MaxChannelName - len("!") - random // bytes of what NewChannel puts first
	MaxChannelMessage = 2 << 20                            // bytes of a message

	random = 26 // letters of crypto/rand.Text
)

// Errors of channels. They come wrapped with the name of the channel.
var (
	ErrChannelFull     = &Error{Code: Unavailable, Message: "The channel is full: its reader does not keep up. Try again later."}
	ErrMessageTooLarge = &Error{Code: TooLarge, Message: fmt.Sprintf("A message in a channel is at most %d bytes. Send it in parts.", MaxChannelMessage)}
	ErrLayerClosed     = errors.New("hub: the layer is closed")
)

// NewChannelName returns what [Channels.NewChannel] does. Layers call it.
func NewChannelName(prefix string) (string, error) {
	if prefix == "" {
		prefix = "channel"
	}
	if strings.Contains(prefix, "!") || len(prefix) > MaxChannelPrefix {
		return "", Errorf(Invalid, "The prefix of a channel's name is at most %d bytes without !, not %.120q.", MaxChannelPrefix, prefix)
	}
	name := prefix + "!" + rand.Text()
	return name, CheckChannelName(name)
}

// CheckChannelName returns an [Invalid] error unless name, of a channel or a
// group, is 1 to 100 of A-Z a-z 0-9 - _ . with at most one "!".
func CheckChannelName(name string) error {
	ok := name != "" && len(name) <= MaxChannelName
	marks := 0
	for i := 0; ok && i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		case c == '!':
			marks++
			ok = marks == 1
		default:
			ok = false
		}
	}
	if !ok {
		return Errorf(Invalid, "The name of a channel or a group is 1 to %d of A-Z a-z 0-9 - _ . with at most one !, not %.120q.", MaxChannelName, name)
	}
	return nil
}

// CheckChannelMessage returns [ErrMessageTooLarge] for a message that is.
// Layers call it.
func CheckChannelMessage(message []byte) error {
	if len(message) > MaxChannelMessage {
		return fmt.Errorf("a message of %d bytes: %w", len(message), ErrMessageTooLarge)
	}
	return nil
}
