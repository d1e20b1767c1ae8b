package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

func TestConnectsOfOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := middleware.NewConnects(20)
		refused := func(n int, address string) (refused int) {
			for range n {
				if err := c.Take(netip.MustParseAddr(address)); hub.CodeOf(err) == hub.RateLimited && strings.Contains(err.Error(), "Wait a second") {
					refused++
				} else if err != nil {
					t.Error(err)
				}
			}
			return refused
		}
		for _, test := range []struct {
			n       int
			address string
			want    int
		}{
			{25, "192.0.2.1", 5},
			{25, "192.0.2.2", 5},
			{1, "::ffff:192.0.2.1", 1},
			{15, "2001:db8::1", 0},
			{15, "2001:db8::ffff:1:2:3", 10},
			{20, "2001:db8:0:1::1", 0},
			{15, "fe80::1%eth0", 0},
			{15, "fe80::2%eth1", 10},
		} {
			if got := refused(test.n, test.address); got != test.want {
				t.Errorf("%d of %d from %s were refused, want %d", got, test.n, test.address, test.want)
			}
		}
		time.Sleep(250 * time.Millisecond) //nolint:forbidigo // synctest
		if got := refused(25, "192.0.2.1"); got != 20 {
			t.Errorf("after 250 ms %d were refused", got)
		}
		time.Sleep(time.Second) //nolint:forbidigo // synctest
		if got := refused(25, "192.0.2.1"); got != 5 {
			t.Errorf("after a second more %d were refused", got)
		}
		for range 100 {
			if err := c.Take(netip.Addr{}); err != nil {
				t.Fatalf("from nowhere: %v", err)
			}
		}
		if c.Refused() != 5+5+1+10+10+20+5 {
			t.Errorf("%d are counted as refused", c.Refused())
		}
	})
}

func TestConnectsWithoutLimit(t *testing.T) {
	c := middleware.NewConnects(0)
	for range 100 {
		if err := c.Take(netip.MustParseAddr("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConnectsCountsScopes(t *testing.T) {
	for _, test := range []struct {
		name    string
		kind    hub.Kind
		answer  error
		limited bool // the third of two a second
	}{
		{"a guest", hub.Guest, nil, true},
		{"a device", hub.Device, nil, true},
		{"a guest who is refused", hub.Guest, hub.Errorf(hub.Forbidden, "No."), true},
		{"a person", hub.Person, nil, false},
		{"a person who is refused", hub.Person, hub.Errorf(hub.Forbidden, "No."), true},
		{"a person, and a busy hub", hub.Person, hub.Errorf(hub.Unavailable, "Later."), false},
		{"a person, and a defect", hub.Person, errors.New("a defect"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				app := middleware.NewConnects(2).Middleware(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
					asked++
					return &counter{}, test.answer
				})
				s := &hub.Scope{User: hub.User{Kind: test.kind}, Remote: netip.MustParseAddrPort("192.0.2.1:1")}
				for i := range 3 {
					_, err := app(t.Context(), s, nil)
					limited := hub.CodeOf(err) == hub.RateLimited
					if want := i == 2 && test.limited; limited != want || !limited && !errors.Is(err, test.answer) {
						t.Errorf("connect %d: %v", i, err)
					}
				}
				if want := map[bool]int{true: 2, false: 3}[test.limited && (test.kind == hub.Guest || test.kind == hub.Device)]; asked != want {
					t.Errorf("the application was asked %d times", asked)
				}
			})
		})
	}
}

// Addresses are forgotten when nothing is held against them.
func BenchmarkConnects(b *testing.B) {
	c := middleware.NewConnects(20)
	addresses := make([]netip.Addr, 10_000)
	for i := range addresses {
		addresses[i] = netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", i/256, i%256))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_ = c.Take(addresses[i%len(addresses)])
	}
}
