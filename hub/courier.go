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

// Send is [Outbound.SendSoon] for what does not wait for a gap either: b goes out with
// all else that waits when the courier comes to it, which it does at once.
func (c *Courier) Send(o *Outbound, b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.owe(len(b)); err != nil {
		return err
	}
	o.pushCopy(b)
	o.flushBy(c.shard, true)
	return nil
}

// Close ends the courier, after what there is to flush. Connections that are used
// later write by themselves.
func (c *Courier) Close() {
	c.shard.close()
	c.running.Wait()
}
