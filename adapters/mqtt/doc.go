// Package mqtt is the embedded MQTT broker: versions 3.1.1 and 5 over TCP and
// WebSocket, QoS 0 to 2, clean sessions.
//
// mochi is the edge of the protocol: it reads packets and finds what is wrong with
// them, and nothing more. No topic enters it, since its own delivery loses, reorders
// and can deadlock.
//
// What is below rooms/ is the consumer's: a PUBLISH becomes an mqtt.publish for the
// consumer of the connection's scope and is acknowledged when the consumer answers, a
// SUBSCRIBE an mqtt.subscribe, and what a room has for its subscribers is written by readers of the room's frames. [Chat] wraps the chat
// application, so that the topics rooms/{room}, rooms/{room}/text, /presence and
// /typing are of rooms; rooms/+ and rooms/# are all rooms.
//
// A client has one reader for a room and format, however many of its filters match:
// so an event comes once, and in order. A filter that names the room joins it; one
// over all rooms follows it, and takes over what the other leaves, or leaves to it.
//
// All other topics are ordinary ones. A message is given to each client with a
// subscription that matches, and to one of each group that shares one: sent at once
// where the client can take it, else it waits in the client's queue. Publishers wait
// for nobody, and a client for which too much waits is ended as slow.
//
// Not yet: sessions that outlive their connection.
//
// Which file owns what:
//
//	server.go, options.go        listeners, limits, starting and stopping
//	session.go, link.go          one connection from its accept to its end
//	intake_unix.go, edge.go      reading: no buffer for who says nothing, a short cut for PUBACKs
//	socket.go                    a connection that is a WebSocket
//	connect.go, hello.go         what a CONNECT asks for, and what is wrong with it
//	hooks.go                     the seams to mochi
//	events.go                    the protocol events
//	topics.go                    who serves which topic
//	ordinary.go, tree.go         ordinary topics: who has subscribed to them
//	message.go, retained.go      what is published there, and what they retain
//	queue.go                     what waits for a client there
//	publish.go, acks.go          a PUBLISH on its way in, and its acknowledgement
//	exactly.go                   QoS 2 from publishers
//	will.go                      what is published when a client is gone
//	subscribe.go                 SUBSCRIBE and UNSUBSCRIBE
//	grant.go                     what a client's subscriptions come to, for one topic
//	window.go                    packet ids, and what is not acknowledged
//	reader.go                    delivery from rooms: frames to packets
//	view.go, frame.go            a room's topics; its event, encoded once for all its readers
//	ready.go                     whole packets, for readers that want nothing of their own
//	chat.go, payload.go          the codec from topics and payloads to chat events
//	places.go, told.go           its subscriptions, and the way back
//	packet.go, reason.go         bytes of packets, reason codes
//	log.go, tally.go             lines that a hostile client cannot multiply
package mqtt
