package bench

// client is who is told what the peers of a loop hear. Its methods run on the
// loop's goroutine.
type client interface {
	// heard is called for each packet; at is when it was read.
	heard(p *peer, m packet, at int64)
	// gone is called once for a peer that ended by itself.
	gone(p *peer, err error)
}

// peer is one connection of a loop.
type peer struct {
	loop *loop
	wire wire
	join int // the room that it joins with its hello, -1 for none

	fd      int
	dialing bool   // not connected yet
	waits   bool   // for the socket to take what is in out
	touched bool   // in the loop's list of those that have something to write
	in      []byte // of a packet that has not come whole
	out     []byte
	seats   []seat // by what it joined
	awaits  int    // joins that are not answered
	unacked []int64
	number  int
	guest   string // secret that keeps its identity
	epoch   string // of the room that it joined last
	again   bool   // it was thrown off, and is to go on where it was
	back    int64  // when it had joined
}

// write queues what appended returns, which is given what waits already. It
// goes out when the loop has heard all that there is to hear now.
func (p *peer) write(appended func(dst []byte) []byte) {
	p.out = appended(p.out)
	p.loop.touch(p)
}
