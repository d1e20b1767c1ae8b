// Package mqtt is the embedded MQTT broker: versions 3.1.1 and 5 over TCP and
// WebSocket, QoS 0 and 1 (and QoS 2 from 3.1.1 publishers), clean sessions.
//
// mochi is the edge of the protocol: it reads packets, keeps the ordinary topics
// (delivered at QoS 0: its windows are not to be relied on), and nothing more. What is below rooms/ never enters it: a PUBLISH becomes an
// mqtt.publish for the consumer of the connection's scope and is acknowledged when
// the consumer answers, a SUBSCRIBE an mqtt.subscribe, and what a room has for its
// subscribers is written by readers of the room's frames. [Chat] wraps the chat
// application, so that the topics rooms/{room}, rooms/{room}/text, /presence and
// /typing are of rooms.
//
// Not yet: filters with wildcards that reach below rooms/, sessions that outlive
// their connection.
//
// Which file owns what:
//
//	server.go, options.go        listeners, limits, starting and stopping
//	session.go, link.go          one connection from its accept to its end
//	socket.go                    a connection that is a WebSocket
//	connect.go                   what a CONNECT asks for
//	hooks.go                     the seams to mochi
//	events.go                    the protocol events
//	topics.go                    who serves which topic
//	publish.go, acks.go          a PUBLISH on its way in, and its acknowledgement
//	exactly.go                   QoS 2 from publishers
//	subscribe.go                 SUBSCRIBE and UNSUBSCRIBE
//	grant.go                     what a client's subscriptions come to, for one topic
//	reader.go, window.go         delivery: frames to packets, packet ids
//	view.go, frame.go            a room's topics; its event, encoded once for all its readers
//	chat.go, payload.go          the codec from topics and payloads to chat events
//	places.go, told.go           its subscriptions, and the way back
//	packet.go, reason.go         bytes of packets, reason codes
//	log.go                       lines that a hostile client cannot multiply
package mqtt
