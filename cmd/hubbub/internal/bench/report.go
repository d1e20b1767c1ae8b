package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// manyConnections is from how many on it says something what one of them takes.
const manyConnections = 1000

// Print writes results as a table for people: a column each.
func Print(out io.Writer, results ...*Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name string, value func(*Result) string) {
		line, some := name, false
		for _, r := range results {
			v := value(r)
			some = some || v != ""
			line += "\t" + v
		}
		if some {
			_, _ = fmt.Fprintln(w, line)
		}
	}
	row("target", func(r *Result) string { return r.Target })
	row("load", func(r *Result) string { return r.Load.String() })
	row("connections", func(r *Result) string {
		s := fmt.Sprintf("%d, %.0f a second", r.Connections, r.OpenedPerSecond())
		if r.OpeningCPU > 0 && r.Connections >= manyConnections { // else it is less than a tick of the clock
			s += fmt.Sprintf(", %s of CPU each", micros(r.CPUPerOpening()))
		}
		return s
	})
	row("published", func(r *Result) string { return rate(r.publishes(), r.PublishesPerSecond()) })
	row("delivered", func(r *Result) string { return rate(r.Deliveries, r.DeliveriesPerSecond()) })
	row("right", func(r *Result) string { return r.verdict() })
	row("delivery", func(r *Result) string { return r.Delivery.String() })
	row("once back", func(r *Result) string { return r.OnceBack.String() })
	row("acknowledgement", func(r *Result) string { return r.Ack.String() })
	row("CPU of the hub", func(r *Result) string {
		if r.CPU == 0 {
			return ""
		}
		s := fmt.Sprintf("%.0f %%", 100*r.CPU.Seconds()/r.Measured.Seconds())
		if r.Deliveries > 0 {
			s += fmt.Sprintf(", %s a delivery", micros(r.CPUPerDelivery()))
		}
		if r.publishes() > 0 {
			s += fmt.Sprintf(", %s a publish", micros(r.CPUPerPublish()))
		}
		return s
	})
	row("memory of the hub", func(r *Result) string {
		if r.Memory == 0 {
			return ""
		}
		s := fmt.Sprintf("%.1f MB", float64(r.Memory)/1e6)
		if r.Connections >= manyConnections { // else it is all the hub's own
			s += fmt.Sprintf(", %.1f kB a connection", float64(r.MemoryPerConnection())/1e3)
		}
		return s
	})
	row("rejoined", func(r *Result) string {
		if r.Rejoined == 0 {
			return ""
		}
		s := fmt.Sprintf("all after %v", r.Rejoined.Round(time.Millisecond))
		if r.Reloads > 0 {
			s += fmt.Sprintf(", %d were told that what they missed is gone", r.Reloads)
		}
		if r.Retried > 0 {
			s += fmt.Sprintf(", %d tried again", r.Retried)
		}
		return s
	})
	return w.Flush()
}

// String says in some words what the load is.
func (l *Load) String() string {
	if l.Connections > 0 {
		return fmt.Sprintf("%d connections in %d rooms, %s", l.Connections, l.Rooms, l.Read)
	}
	s := fmt.Sprintf("%d × %d", l.Rooms, l.Members)
	if l.Members == 0 {
		s = fmt.Sprintf("%d rooms", l.Rooms)
	}
	s += fmt.Sprintf(", %d senders each", l.Senders)
	if l.Rate > 0 {
		s += fmt.Sprintf(" at %g a second in all", l.Rate)
	} else {
		s += fmt.Sprintf(", %d under way each", l.Window)
	}
	if l.Kept {
		s += ", kept"
	} else {
		s += ", ephemeral"
	}
	s += ", " + string(l.Read)
	if l.Publish != l.Read {
		s += " from " + string(l.Publish)
	}
	return s
}

func rate(n int64, perSecond float64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d, %.0f a second", n, perSecond)
}

// verdict says whether all came as it should.
func (r *Result) verdict() string {
	if r.right() && r.Told == 0 {
		return "yes: none lost, repeated or out of order"
	}
	return fmt.Sprintf("NO: %d lost, %d repeated, %d out of order, %d not answered, %d had to reload, %d that the hub told of as gone",
		r.Lost, r.Repeated, r.Late, r.Unanswered, r.Reloads, r.Told)
}

// String is empty where nothing was measured.
func (t Times) String() string {
	if t.Max == 0 {
		return ""
	}
	return fmt.Sprintf("p50 %s, p99 %s, p99.9 %s", short(t.P50), short(t.P99), short(t.P999))
}

func micros(d time.Duration) string { return fmt.Sprintf("%.2f µs", float64(d)/1e3) }

func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	default:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1e3)
	}
}
