// Package redis is the layer that hubs share through a Redis server: what happens
// in rooms, who is in them, channels and groups.
//
// Which file owns what:
//
//	layer.go     opening and closing
//	errors.go    what a caller is told, and what passes by itself
//	keys.go      names of keys and topics; partitions
//	scripts.go   what Redis does in one step: scripts/*.lua, where keys are described
//	session.go   the one connection that listens, and coming back after it was lost
//	upkeep.go    what is done from time to time: renewing, sweeping, telling the log
//	outbox.go    what is sent without waiting for the answer
//	live.go      events of rooms; wire.go, how they travel
//	sequence.go  numbers for the events of ephemeral rooms
//	channels.go  channels: Send, Flush; drops.go, what they lost
//	receive.go   Receive; take.go, taking a message so that it is not lost on the way
//	held.go      the channels that this process owns or waits for
//	inbox.go     owners
//	renew.go     telling the server what is held, and again; owed.go, what it missed
//	groups.go    groups; member.go, the memberships of channels that are owned here
//	presence.go  who is in rooms; users.go, who is there through this process
//
// Redis keeps nothing that matters beyond a restart: rooms' events are in the store,
// and to a server that lost its memory each hub tells again who is present, what it
// owns and waits for, and the groups to which it added the channels that it owns.
package redis
