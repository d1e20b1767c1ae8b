// Package hub is the domain of Hubbub: scopes, events, consumers, rooms and
// the way a room's events reach everyone in it. It imports nothing of ours;
// adapters present connections to it, stores and layers serve it.
//
// Which file owns what:
//
//	event.go, details.go, json.go   events, what each type carries, their JSON
//	encode.go, parsemessage.go,
//	plain.go                        the JSON of messages, made and parsed by hand since all of them are
//	protocol_*.go                   protocol events, the words between an adapter and its consumer
//	errors.go, names.go, ids.go     error codes; names, references and ids
//	scope.go, application.go        scopes, applications, consumers, senders
//	router.go                       routing by protocol type, by path and by channel
//	blocking.go                     consumers written as a loop
//	worker.go, work_options.go      workers: scopes that live on a channel
//	panicked.go                     panics as errors, where goroutines of ours call consumers
//	origin.go                       which hosts and pages requests may come by
//	hub.go, room.go, idle.go        the hub, one room in memory, and how rooms leave it
//	publish.go, message.go          a message on its way into the log
//	turn.go                         several events of one commit
//	change.go, content.go           what edits, deletions and reactions do to the log
//	policy.go, retention.go         how much of a log is kept
//	ephemeral.go                    rooms that keep no log
//	members.go, say.go              members; typing and read marks
//	commands.go                     what bots answer to in a room
//	rooms.go, removal.go            rooms as an operator sees them; the end of one
//	list.go                         rooms as a participant sees them
//	attendance.go, heads.go,
//	unread.go, mentions.go          telling users of rooms that they have not joined
//	join.go, history.go, around.go  listening to a room, and reading back
//	remembered.go                  what was missed, from memory
//	position.go                     how far a reader has seen a log
//	follow.go, follows.go           listening to all rooms
//	presence.go, rush.go            who is in a room now
//	frames.go, cursor.go, shard.go  fan-out: shared frames, cursors, flushers
//	catchup.go                      readers that fell behind go on from the log
//	outbound.go, outbound_write.go,
//	outbound_tls.go, trywrite_*.go  the one way for bytes to a connection; TLS; writes that do not wait
//	courier.go                      flushes for connections that read no room
//	store.go, refs.go               the contract of stores; idempotency
//	stats.go, counts.go, behind.go,
//	histogram.go                    what is counted
//	faults.go                       what fails again and again, in the log now and then
//	layer.go, memory.go,
//	memory_sequence.go              the contract of layers; the one in-process, its numbers of ephemeral rooms
//	channels.go, channel_options.go channels and groups: their contract, errors, names, limits
//	memory_channels.go,
//	memory_channel.go,
//	memory_groups.go,
//	memory_inbox.go,
//	memory_expiry.go                channels and groups in-process
package hub
