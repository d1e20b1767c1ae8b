// Package limit is a server without a hub: what a program on gorilla/websocket
// can do at most that relays messages in rooms and does nothing else. `hubbub
// bench limit` puts the same loads on it as on a hub, so that a hub's figures can
// be told as ratios, whatever machine they were measured on.
//
// A message becomes an event of the size that a hub's has, is put once into its
// room's buffer, and one flusher writes to each connection all that is pending
// in one call. It flushes as a hub does: at once after a pause, then after a gap
// or so many events.
package limit
