package hub

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A disk that is full fails each event, and the log has a line now and then.
func TestFaultsAreToldOfNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		f := faults{log: slog.New(slog.NewTextHandler(&log, nil))}
		told := func(want ...string) {
			t.Helper()
			lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
			if log.Len() == 0 {
				lines = nil
			}
			log.Reset()
			if len(lines) != len(want) {
				t.Errorf("told %q, want %q", lines, want)
				return
			}
			for i, w := range want {
				if !strings.Contains(lines[i], w) {
					t.Errorf("told %q, want %q", lines[i], w)
				}
			}
		}
		full := errors.New("full")
		f.over("append")
		f.tell("append", "a", full)
		told(`msg=append room=a error=full failures=1`)
		for range 1000 {
			f.tell("append", "a", full)
		}
		f.over("append") // of another room, say
		told()
		f.tell("read", "b", full)
		told(`msg=read room=b error=full failures=1`)
		time.Sleep(faultPause) //nolint:forbidigo // synctest
		f.tell("append", "c", full)
		told(`msg=append room=c error=full failures=1001`)
		f.tell("append", "c", full)
		time.Sleep(faultPause) //nolint:forbidigo // synctest
		f.over("append")
		f.over("append")
		told(`msg="append: works again" failures_untold=1`)
		f.tell("append", "c", full)
		told(`msg=append room=c error=full failures=1`)
	})
}
