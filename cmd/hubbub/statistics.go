package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"hubbub/adapters/mqtt"
	"hubbub/bots"
	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// statistics are the counters that the parts of a hub keep themselves, as metrics.
// They are read when Prometheus asks.
type statistics struct {
	hub      func() hub.Stats
	store    func() sqlite.Stats
	bots     func() bots.Stats
	mqtt     func() mqtt.Stats
	drops    func() hub.Drops // of the layer's channels
	connects func() uint64    // that limits.connects refused
}

var _ prometheus.Collector = (*statistics)(nil)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("hubbub_"+name, help, labels, nil)
}

var (
	descRooms          = describe("rooms", "Rooms in memory.")
	descFrames         = describe("frames_bytes", "Bytes that the newest frames of all rooms take in memory.")
	descFramesLimit    = describe("frames_limit_bytes", "Bytes that they may take.")
	descRoomEvents     = describe("room_events_total", "Events that this hub published to rooms, by type.", "event")
	descRefused        = describe("room_events_refused_total", "Events that were to be published and were not, by the code of the error.", "code")
	descDelivered      = describe("delivered_events_total", "Events that readers of rooms took, by format.", "format")
	descDeliveredBytes = describe("delivered_bytes_total", "Bytes of them, before any header of a reader's own.", "format")
	descBehind         = describe("readers_behind", "Readers of rooms that do not have all: they wait until they can take more (waiting), or read the log (log).", "where")
	descLag            = describe("readers_lag_bytes", "Bytes that all readers together are behind.")
	descWorstLag       = describe("readers_worst_lag_bytes", "Bytes that the reader furthest behind is behind.")
	descCommitEvents   = describe("store_commit_events", "Events in a commit.")
	descCommitSeconds  = describe("store_commit_seconds", "Time that a commit took, to the disk.")
	descCommitsFailed  = describe("store_commits_failed_total", "Commits that failed, with all that was in them.")
	descBots           = describe("bots", "Bots that run.")
	descConversations  = describe("bot_conversations", "Conversations with bots that are open.")
	descAnswers        = describe("bot_answers_total", "Answers of bots: published, refused for good, or a turn that will be tried again.", "outcome")
	descFailures       = describe("bot_failures_total", "Failures of bots' conversations.")
	descMQTTRefused    = describe("mqtt_refused_total", "MQTT publishes that were not kept, filters that were not granted, and packets that were too large.", "packet")
	descMQTTSlow       = describe("mqtt_slow_total", "MQTT connections that were ended since their clients did not keep up.")
	descMQTTReceived   = describe("mqtt_messages_received_total", "Messages that were published to ordinary topics.")
	descMQTTDelivered  = describe("mqtt_messages_delivered_total", "Copies of them for subscribers.")
	descMQTTSubs       = describe("mqtt_subscriptions", "Subscriptions to ordinary topics.")
	descMQTTRetained   = describe("mqtt_retained", "Messages that ordinary topics retain.")
	descDrops          = describe("channel_drops_total", "Messages that were sent to a channel of the layer and not received.", "reason")
	descConnects       = describe("connects_refused_total", "Connects that were over limits.connects.")
)

// Describe implements [prometheus.Collector].
func (s *statistics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, out) }

// Collect implements [prometheus.Collector].
func (s *statistics) Collect(out chan<- prometheus.Metric) {
	to := sink{out}
	to.hub(s.hub())
	to.store(s.store())
	to.bots(s.bots())
	to.mqtt(s.mqtt())
	d := s.drops()
	to.count(descDrops, d.Full, "full")
	to.count(descDrops, d.Expired, "expired")
	to.count(descDrops, d.Abandoned, "abandoned")
	to.count(descConnects, s.connects())
}

// sink takes metrics.
type sink struct{ out chan<- prometheus.Metric }

func (to sink) count(d *prometheus.Desc, value uint64, labels ...string) {
	to.out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}

func (to sink) gauge(d *prometheus.Desc, value int64, labels ...string) {
	to.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
}

func (to sink) histogram(d *prometheus.Desc, of hub.Distribution) {
	var count uint64
	buckets := make(map[float64]uint64, len(of.Bounds))
	for i, bound := range of.Bounds {
		count += of.Counts[i]
		buckets[bound] = count
	}
	count += of.Counts[len(of.Bounds)]
	to.out <- prometheus.MustNewConstHistogram(d, count, of.Sum, buckets)
}

func (to sink) hub(s hub.Stats) {
	to.gauge(descRooms, int64(s.Rooms))
	to.gauge(descFrames, int64(s.Frames))
	to.gauge(descFramesLimit, int64(s.FramesLimit))
	for typ, n := range s.Events {
		to.count(descRoomEvents, n, typ)
	}
	for code, n := range s.Refused {
		to.count(descRefused, n, string(code))
	}
	for format, n := range s.Delivered {
		to.count(descDelivered, n.Events, format)
		to.count(descDeliveredBytes, n.Bytes, format)
	}
	to.gauge(descBehind, int64(s.Waiting), "waiting")
	to.gauge(descBehind, int64(s.Catching), "log")
	to.gauge(descLag, s.Lag)
	to.gauge(descWorstLag, s.WorstLag)
}

func (to sink) store(s sqlite.Stats) {
	to.histogram(descCommitEvents, s.Events)
	to.histogram(descCommitSeconds, s.Seconds)
	to.count(descCommitsFailed, s.Failed)
}

func (to sink) mqtt(s mqtt.Stats) {
	to.count(descMQTTRefused, s.Refused, "publish")
	to.count(descMQTTRefused, s.RefusedSubscribes, "subscribe")
	to.count(descMQTTRefused, s.RefusedPackets, "too_large")
	to.count(descMQTTSlow, s.Slow)
	to.count(descMQTTReceived, s.Received)
	to.count(descMQTTDelivered, s.Delivered)
	to.gauge(descMQTTSubs, int64(s.Subscriptions))
	to.gauge(descMQTTRetained, int64(s.Retained))
}

func (to sink) bots(s bots.Stats) {
	to.gauge(descBots, int64(s.Bots))
	to.gauge(descConversations, int64(s.Conversations))
	to.count(descAnswers, s.Answers, "published")
	to.count(descAnswers, s.Refused, "refused")
	to.count(descAnswers, s.Retried, "retried")
	to.count(descFailures, s.Failures)
}
