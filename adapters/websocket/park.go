package websocket

// rest has the connection wait without a goroutine and without a buffer, until
// something comes or it is to end. It reports false where it goes on at once.
func (c *conn) rest() bool {
	if !c.parkable {
		return false
	}
	c.stopAlarm()
	if c.lib != nil {
		c.layDown()
	}
	c.mu.Lock()
	c.ctx, c.cancel = nil, nil // nothing is being handled
	c.mu.Unlock()
	if !c.server.parking.add(c) {
		c.parkable = false
		return false
	}
	if c.out.Err() != nil { // maybe nobody has noticed that it rests
		c.rouse()
	}
	return true
}

// rouse has a connection at rest served. It does not wait.
func (c *conn) rouse() {
	if p := c.server.parking; p != nil && p.take(c) {
		go c.serve()
	}
}
