package bench

import "time"

// Result is what came of a load.
type Result struct {
	Kind   string `json:"kind"`
	Target string `json:"target"`
	Load   Load   `json:"load"`

	Connections int           `json:"connections"`
	Opened      time.Duration `json:"opened"`      // until all were connected and had joined
	OpeningCPU  time.Duration `json:"opening_cpu"` // what the hub used until then; 0 where it is not known
	Measured    time.Duration `json:"measured"`

	// Of the time that was measured. A delivery is one message that reached one
	// reader.
	Sent       int64 `json:"sent"`
	Acked      int64 `json:"acked"`
	Deliveries int64 `json:"deliveries"`

	// Of all the time. Lost are deliveries that did not come, Told those that the
	// hub said would not; Repeated came twice, Late out of order. Unanswered are
	// messages that were neither acknowledged nor came back.
	Lost       int64 `json:"lost"`
	Told       int64 `json:"told"`
	Repeated   int64 `json:"repeated"`
	Late       int64 `json:"late"`
	Unanswered int64 `json:"unanswered"`

	// Delivery is from sending to reading, Ack until the acknowledgement. OnceBack is of
	// what was sent before its reader was back, from then on.
	Delivery Times `json:"delivery"`
	OnceBack Times `json:"once_back"`
	Ack      Times `json:"ack"`

	// CPU is what the hub used while it was measured, Memory what it had at the end
	// and MemoryBefore when nobody was connected, in bytes. 0 where it is not known.
	CPU          time.Duration `json:"cpu"`
	Memory       int64         `json:"memory"`
	MemoryBefore int64         `json:"memory_before"`

	// Reloads are peers that came back and were told that what they missed is gone.
	Reloads int64 `json:"reloads,omitempty"`
	// Retried are connections that failed while all came back, and were tried again.
	Retried int64 `json:"retried,omitempty"`
	// Rejoined is how long it took until all that were thrown off had rejoined and
	// had what they missed.
	Rejoined time.Duration `json:"rejoined,omitempty"`
}

// right reports whether every delivery came, once and in order. Rooms that keep nothing
// have nothing of what was missed while one was away.
func (r *Result) right() bool {
	return r.Lost == 0 && r.Repeated == 0 && r.Late == 0 && r.Unanswered == 0 && (r.Reloads == 0 || !r.Load.Kept)
}

func perSecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// DeliveriesPerSecond is 0 where there were none, and so are the others.
func (r *Result) DeliveriesPerSecond() float64 { return perSecond(r.Deliveries, r.Measured) }

// PublishesPerSecond counts messages that were acknowledged, where senders are
// outside of the rooms, else those that were sent.
func (r *Result) PublishesPerSecond() float64 { return perSecond(r.publishes(), r.Measured) }

func (r *Result) publishes() int64 {
	if r.Load.outside() && r.Acked > 0 {
		return r.Acked
	}
	return r.Sent
}

// CPUPerDelivery is the hub's time for one delivery, the publishing included.
func (r *Result) CPUPerDelivery() time.Duration { return per(r.CPU, r.Deliveries) }

// CPUPerPublish is the hub's time for one message, its deliveries included.
func (r *Result) CPUPerPublish() time.Duration { return per(r.CPU, r.publishes()) }

// CPUPerOpening is the hub's time for one connection, until it had joined.
func (r *Result) CPUPerOpening() time.Duration { return per(r.OpeningCPU, int64(r.Connections)) }

func per(d time.Duration, n int64) time.Duration {
	if n == 0 {
		return 0
	}
	return time.Duration(float64(d) / float64(n))
}

// MemoryPerConnection is how much the hub grew for each connection, in bytes.
func (r *Result) MemoryPerConnection() int64 {
	if r.Connections == 0 || r.MemoryBefore == 0 {
		return 0
	}
	return (r.Memory - r.MemoryBefore) / int64(r.Connections)
}

// OpenedPerSecond is how many connections were opened and had joined a second.
func (r *Result) OpenedPerSecond() float64 { return perSecond(int64(r.Connections), r.Opened) }
