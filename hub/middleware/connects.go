package middleware

import (
	"context"
	"net/netip"
	"sync/atomic"

	"hubbub/hub"
)

// Connects bounds how many connects a second come from one remote address that
// fail, or are anonymous: of guests and devices that nobody vouches for. As many
// may come at once after a pause. A network of IPv6 (/64) is one address. It is
// safe for concurrent use, and remembers an address for about a second.
type Connects struct {
	perSecond int
	byAddress *buckets // nil where there is no limit
	refused   atomic.Uint64
}

// NewConnects returns a bound of that many connects a second; 0 or less is no
// limit.
func NewConnects(perSecond int) *Connects {
	if perSecond <= 0 {
		return &Connects{}
	}
	return &Connects{perSecond: perSecond, byAddress: newBuckets(perSecond)}
}

// Take counts a connect, and returns a [hub.RateLimited] error for one that is
// over. Whoever identifies peers before there is a scope calls it: where what was
// shown is wrong or nothing was; and before looking at what can be guessed, such
// as a password. What comes from no address is not counted.
func (c *Connects) Take(remote netip.Addr) error {
	if c.byAddress == nil || !remote.IsValid() || c.byAddress.of(network(remote)).take() <= 0 {
		return nil
	}
	c.refused.Add(1)
	return hub.Errorf(hub.RateLimited, "More than %d connects a second from your address failed or showed no identity. "+
		"Wait a second and connect again, with the secret that you were given if you have one.", c.perSecond)
}

// Refused returns how many connects were over.
func (c *Connects) Refused() uint64 { return c.refused.Load() }

// network returns the name of what shares a bound with the address.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().String()
	}
	return a.String()
}

// Middleware counts scopes: those of guests and devices before app is asked, and
// those of others when it refuses them for what they did.
func (c *Connects) Middleware(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		anonymous := s.User.Kind == hub.Guest || s.User.Kind == hub.Device
		if anonymous {
			if err := c.Take(s.Remote.Addr()); err != nil {
				return nil, err
			}
		}
		consumer, err := app(ctx, s, out)
		if err == nil {
			return consumer, nil
		}
		if code := hub.CodeOf(err); !anonymous && code != hub.Internal && code != hub.Unavailable {
			if over := c.Take(s.Remote.Addr()); over != nil {
				return nil, over
			}
		}
		return nil, err
	}
}
