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
	lost := false
	for l.ctx.Err() == nil {
		err := l.session(func() {
			if lost {
				l.opts.Logger.Info("redis: the connection to the server is back")
			}
			lost = false
		})
		if l.ctx.Err() != nil {
			return
		}
		if !lost {
			l.opts.Logger.Warn("redis: the connection to the server is lost; trying to come back", "error", err)
		}
		lost = true
		l.pause(l.ctx, retry)
	}
}

// session listens on one connection until that fails. It calls ready when all is
// heard.
func (l *Layer) session(ready func()) error {
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
		if l.handle(message) {
			ready()
			// What came meanwhile was not heard, and the server may have forgotten all.
			token(l.renewal.channels)
			token(l.renewal.presence)
			token(l.renewal.sequences)
		}
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

// handle reports whether the message confirms the hub's own topic, the last one.
func (l *Layer) handle(message any) bool {
	switch m := message.(type) {
	case *redis.Subscription:
		room, ofRoom := strings.CutPrefix(m.Channel, l.roomTopics())
		if m.Kind != "subscribe" {
			return false
		}
		if ofRoom {
			l.confirm(m.Channel, room)
		}
		return !ofRoom
	case *redis.Message:
		if room, ofRoom := strings.CutPrefix(m.Channel, l.roomTopics()); ofRoom {
			l.deliver(room, m.Payload)
			return false
		}
		for name := range strings.FieldsSeq(m.Payload) {
			l.ring(name)
		}
	}
	return false
}

// hangUp ends the session of a layer that is closing.
func (v *live) hangUp() {
	v.commands.Lock()
	defer v.commands.Unlock()
	if v.conn != nil {
		_ = v.conn.Close()
	}
}
