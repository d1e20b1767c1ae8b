package mqtt

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTally(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		tally := tally{message: "refused", log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
					return slog.Attr{}
				}
				return a
			},
		}))}
		expect := func(want ...string) {
			t.Helper()
			synctest.Wait()
			tally.mu.Lock() // which it logs with
			defer tally.mu.Unlock()
			if got := strings.TrimSpace(out.String()); got != strings.Join(want, "\n") {
				t.Errorf("logged\n%s\nwant %q", got, want)
			}
			out.Reset()
		}
		pass := func(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // synctest
		tally.add("topic", "a")
		expect("msg=refused count=1 topic=a")
		for range 99 {
			tally.add("topic", "b")
		}
		tally.add("topic", "c")
		pass(sumTime - time.Millisecond)
		expect("")
		pass(time.Millisecond)
		expect("msg=refused count=100 topic=c")
		pass(5 * sumTime)
		tally.add("topic", "d")
		tally.add("topic", "e")
		expect("msg=refused count=1 topic=d")
		tally.close()
		tally.add("topic", "f")
		expect("msg=refused count=1 topic=e", "msg=refused count=1 topic=f")
		if n := tally.count(); n != 104 {
			t.Errorf("counted %d", n)
		}
	})
}
