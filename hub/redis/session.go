package redis

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// quiet is how long the connection that listens may be silent before the server
// is asked whether it is there, and then again before it is given up.
const quiet = 10 * time.Second

// listen keeps a connection that listens until the layer closes.
func (l *Layer) listen() {
	fine := true
	for l.ctx.Err() == nil {
		began := time.Now()
		err := l.session()
		if l.ctx.Err() != nil {
			return
		}
		if fine || time.Since(began) > time.Minute {
			l.opts.Logger.Warn("redis: the connection to the server is lost; trying to come back", "error", err)
		}
		fine = false
		l.pause(l.ctx, retry)
	}
}

// session listens on one connection until that fails.
func (l *Layer) session() error {
	conn := l.rdb.Subscribe(l.ctx)
	defer conn.Close()
	defer func() {
		l.live.commands.Lock()
		defer l.live.commands.Unlock()
		l.live.conn = nil
	}()
	if err := l.subscribeAll(conn); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	asked := false
	for {
		message, err := conn.ReceiveTimeout(l.ctx, quiet)
		if wait, ok := errors.AsType[net.Error](err); ok && wait.Timeout() && !asked {
			asked = true
			if err := conn.Ping(l.ctx); err != nil {
				return fmt.Errorf("ping: %w", err)
			}
			continue
		}
		if err != nil {
			return err
		}
		asked = false
		l.handle(message)
	}
}

// subscribeAll asks for all topics on a new connection: the hub's own comes last,
// so that with its confirmation all is heard again.
func (l *Layer) subscribeAll(conn *redis.PubSub) error {
	v := &l.live
	v.commands.Lock()
	defer v.commands.Unlock()
	if l.ctx.Err() != nil {
		return l.ctx.Err() // after hangUp nobody would end this session
	}
	v.mu.Lock()
	clear(v.asked)
	topics := make([]string, 0, len(v.rooms)+1)
	for name := range v.rooms {
		topic := l.roomTopics() + name
		topics = append(topics, topic)
		v.asked[topic] = 1
	}
	v.mu.Unlock()
	v.conn = conn
	return conn.Subscribe(l.ctx, append(topics, l.hubTopics()+l.id)...)
}

func (l *Layer) handle(message any) {
	switch m := message.(type) {
	case *redis.Subscription:
		if m.Kind != "subscribe" {
			return
		}
		if room, ok := strings.CutPrefix(m.Channel, l.roomTopics()); ok {
			l.confirm(m.Channel, room)
			return
		}
		// What came meanwhile was not heard, and the server may have forgotten all.
		token(l.renewal.channels)
		token(l.renewal.presence)
	case *redis.Message:
		if room, ok := strings.CutPrefix(m.Channel, l.roomTopics()); ok {
			l.deliver(room, m.Payload)
			return
		}
		for name := range strings.FieldsSeq(m.Payload) {
			l.ring(name)
		}
	}
}

// hangUp ends the session of a layer that is closing.
func (v *live) hangUp() {
	v.commands.Lock()
	defer v.commands.Unlock()
	if v.conn != nil {
		_ = v.conn.Close()
	}
}
