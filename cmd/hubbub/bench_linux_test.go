package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hubbub/cmd/hubbub/internal/bench"
)

// TestBenchCountsWhatAHubDelivers runs each kind of load briefly on hubs of its
// own: every delivery comes, once and in order, and is counted.
func TestBenchCountsWhatAHubDelivers(t *testing.T) {
	cpu := make(map[string]time.Duration)
	for name, args := range map[string]string{
		"kept":                     "fanout --rooms 2 --members 3 --senders 1 --kept --refs",
		"several rooms each":       "fanout --rooms 6 --members 4 --joins 3",
		"at a rate":                "latency --members 5 --senders 2 --rate 200",
		"MQTT, acknowledged, kept": "fanout --rooms 2 --members 3 --read mqtt --qos 1 --kept",
		"from MQTT to WebSocket":   "fanout --rooms 2 --members 3 --publish mqtt --qos 1 --kept",
		"from WebSocket to MQTT":   "fanout --rooms 2 --members 3 --read mqtt --publish websocket",
		"publishing":               "publish --rooms 3 --senders 2 --kept",
		"publishing over MQTT":     "publish --rooms 3 --senders 2 --read mqtt --qos 1",
		"from MQTT, unanswered":    "latency --members 3 --rate 200 --publish mqtt",
		"the limit":                "limit fanout --rooms 2 --members 3",
		"the limit over MQTT":      "limit fanout --rooms 2 --members 3 --read mqtt",
		"the limit, publishing":    "limit publish --rooms 3 --senders 2",
	} {
		t.Run(name, func(t *testing.T) {
			r := runBench(t, args)
			if r.Lost+r.Told+r.Repeated+r.Late+r.Unanswered != 0 {
				t.Errorf("not all came as it should: %+v", r)
			}
			cpu[r.Target] += r.CPU // counted in ticks, of which a run beside much else has none now and then
			if r.Sent == 0 || r.Memory == 0 {
				t.Errorf("nothing was measured: %+v", r)
			}
			if r.Kind == "publish" && r.Acked == 0 {
				t.Errorf("nothing was acknowledged: %+v", r)
			}
			if r.Load.Members > 0 && (r.Deliveries == 0 || r.Delivery.P50 == 0) {
				t.Errorf("nothing was delivered: %+v", r)
			}
		})
	}
	for target, took := range cpu {
		if took == 0 {
			t.Errorf("no processor time was measured of %s", target)
		}
	}
}

// runBench runs hubbub bench with args, as a process of its own.
func runBench(t *testing.T, args string) *bench.Result {
	t.Helper()
	cmd := program(t, t.TempDir(), append([]string{"bench"}, append(strings.Fields(args), "--json", "--warmup", "50ms", "--duration", "300ms")...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var r bench.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return &r
}

// TestBenchThrowsOffAndWaits has connections rest, and come back with all that
// was said meanwhile.
func TestBenchThrowsOffAndWaits(t *testing.T) {
	idle := runBench(t, "idle --connections 20 --rooms 2 --lean")
	if idle.Connections != 20 || idle.MemoryPerConnection() == 0 || idle.Opened == 0 {
		t.Errorf("nothing was measured: %+v", idle)
	}
	if over := runBench(t, "idle --connections 20 --rooms 2 --read mqtt"); over.Connections != 20 || over.Load.Read != bench.MQTT {
		t.Errorf("nothing was measured: %+v", over)
	}
	for _, args := range []string{
		"storm --connections 20 --rooms 2 --kept",
		"storm --connections 20 --rooms 2 --kept --read mqtt",
		"storm --connections 20 --rooms 2 --kept --read mqtt --qos 1",
		"limit storm --connections 20 --rooms 2",
	} {
		r := runBench(t, args)
		if strings.HasPrefix(args, "limit") { // who joins the bare server is told what it had not flushed, too
			r.Repeated = 0
		}
		if r.Lost+r.Told+r.Repeated+r.Late+r.Unanswered+r.Reloads != 0 || r.Rejoined == 0 {
			t.Errorf("%s: not all came back as they should: %+v", args, r)
		}
	}
}

// TestBenchSaysWhatIsWrong: a load that cannot be is a mistake of the caller,
// told in a line.
func TestBenchSaysWhatIsWrong(t *testing.T) {
	for args, want := range map[string]string{
		"fanout --members 2 --senders 3":            "3 senders are more than the 2 members",
		"fanout --rooms 2 --joins 3":                "cannot join 3 of 2 rooms",
		"fanout --size 3":                           "texts are at least",
		"fanout --read carrier-pigeon":              "is not known",
		"publish --read mqtt":                       "QoS 1",
		"limit storm --read mqtt":                   "MQTT 5",
		"storm --publish mqtt":                      "unknown flag",
		"fanout --url https://chat.example.org":     "plain TCP",
		"fanout --url 127.0.0.1:8080":               "no address of a hub",
		"fanout --url http://127.0.0.1:1 --rooms 1": "connect",
	} {
		var errs bytes.Buffer
		status := run(t.Context(), append([]string{"bench"}, strings.Fields(args)...), nil, &bytes.Buffer{}, &errs)
		if status == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("bench %s: status %d, %s", args, status, errs.String())
		}
	}
}
