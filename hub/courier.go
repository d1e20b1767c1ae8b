package hub

import "sync"

// Courier flushes connections that read no room: what is sent to one of them soon
// ([Outbound.SendSoon]), such as the acknowledgements of one commit, goes out in
// one write. It does not wait for more. An adapter makes one for all its
// connections, and closes it when they are gone.
type Courier struct {
	shard   *shard
	running sync.WaitGroup
}

// NewCourier starts a courier.
func NewCourier() *Courier {
	c := &Courier{shard: newShard(nil, 0)}
	c.running.Go(c.shard.run)
	return c
}

// Serve has the courier flush o until that reads a room, whose shard does from
// then on.
func (c *Courier) Serve(o *Outbound) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.home == nil {
		o.home = c.shard
	}
}

// Close ends the courier, after what there is to flush. Connections that are used
// later write by themselves.
func (c *Courier) Close() {
	c.shard.close()
	c.running.Wait()
}
