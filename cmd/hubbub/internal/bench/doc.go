// Package bench is the load tool behind `hubbub bench`: it opens many
// connections to a hub, has them say and hear much, and reports how fast, how
// late and how right that was, and what it cost the hub.
//
// It is to cost little itself, since it often runs beside what it measures: one
// goroutine drives all connections (loop_linux.go), frames are taken apart in
// place (websocket.go, mqtt.go), and of an event only the few bytes are read that
// say which one it is (scan.go). The connections' files are one process's, the
// hub's another's, so that each may open as many as the system lets it.
//
// What is done to the hub is a kind of load: traffic.go (fan-out, latency,
// publishing), idle.go, storm.go. What came of it is a [Result]; child.go starts
// the hub, or the bare server of package limit, that the load is put on.
package bench
