package middleware

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestFullBucketsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBuckets(2)
		held := b.of("held")
		for round := range 10 {
			held.take()
			held.take()
			for i := range 3000 {
				b.of(fmt.Sprint(round, i)).take()
			}
			if n := len(b.byName); n > 6001 {
				t.Errorf("%d buckets of 3,001 names a second are kept", n)
			}
			if held.take() <= 0 || b.of("held") != held {
				t.Error("one that is not full was forgotten")
			}
			time.Sleep(time.Second) //nolint:forbidigo // synctest
		}
		for i := range 4000 {
			b.of(fmt.Sprint("full", i))
		}
		if n := len(b.byName); n > 1024 {
			t.Errorf("%d buckets are kept", n)
		}
	})
}
