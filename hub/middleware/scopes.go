package middleware

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"hubbub/hub"
)

// Scopes knows which scopes are open. Its zero value works; it must not be copied.
type Scopes struct {
	mu   sync.Mutex
	open map[*hub.Scope]struct{}
}

// Middleware notes the scopes that app does not refuse, until their consumers are
// closed.
func (l *Scopes) Middleware(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		consumer, err := app(ctx, s, out)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.open == nil {
			l.open = make(map[*hub.Scope]struct{})
		}
		l.open[s] = struct{}{}
		return listed{consumer, l, s}, nil
	}
}

// List returns the scopes that are open, in the order of their opening.
func (l *Scopes) List() []*hub.Scope {
	l.mu.Lock()
	all := make([]*hub.Scope, 0, len(l.open))
	for s := range l.open {
		all = append(all, s)
	}
	l.mu.Unlock()
	slices.SortFunc(all, func(a, b *hub.Scope) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// listed is the consumer of a scope in the list.
type listed struct {
	hub.Consumer
	list  *Scopes
	scope *hub.Scope
}

// Close implements [hub.Consumer].
func (c listed) Close(ctx context.Context, cause error) {
	defer func() {
		c.list.mu.Lock()
		defer c.list.mu.Unlock()
		delete(c.list.open, c.scope)
	}()
	c.Consumer.Close(ctx, cause)
}
