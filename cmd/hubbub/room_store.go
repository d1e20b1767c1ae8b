package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// roomKeeper is what the room commands do: through the hub that runs, or in the
// database where none does.
type roomKeeper interface {
	list(ctx context.Context) ([]httpapi.AdminRoom, error)
	show(ctx context.Context, room string) (httpapi.AdminRoom, error)
	trim(ctx context.Context, room string, keep hub.Keep) (httpapi.AdminRoom, error)
	remove(ctx context.Context, room string) error
}

// withRooms has use done through the running hub or, where there is none, with the
// database open.
func (c *Config) withRooms(ctx context.Context, use func(roomKeeper) error) error {
	return c.keep(ctx, func(o *operator) error { return use(o) }, func(s *sqlite.Store) error { return use(stoppedRooms{s}) })
}

// keep has running done with the hub that runs or, where there is none, stopped with
// its database.
func (c *Config) keep(ctx context.Context, running func(*operator) error, stopped func(*sqlite.Store) error) error {
	o, err := c.findHub()
	if err == nil {
		err = running(o)
	}
	if !errors.Is(err, errNoHub) {
		return err
	}
	if _, err := os.Stat(c.database()); errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("data: there is no database in %s, seen from %s. Name the hub's config, or set data or %s", c.Data, here(), envName("data"))}
	}
	s, err := sqlite.Open(ctx, c.database())
	if err != nil {
		return err
	}
	return errors.Join(stopped(s), s.Close())
}

var (
	_ roomKeeper = (*operator)(nil)
	_ roomKeeper = stoppedRooms{}
)

func roomPath(room string) string { return httpapi.AdminPath + "rooms/" + room }

func (o *operator) list(ctx context.Context) ([]httpapi.AdminRoom, error) {
	var answer struct{ Rooms []httpapi.AdminRoom }
	err := o.ask(ctx, http.MethodGet, httpapi.AdminPath+"rooms", nil, &answer)
	return answer.Rooms, err
}

func (o *operator) show(ctx context.Context, room string) (answer httpapi.AdminRoom, err error) {
	err = o.ask(ctx, http.MethodGet, roomPath(room), nil, &answer)
	return answer, err
}

func (o *operator) trim(ctx context.Context, room string, keep hub.Keep) (answer httpapi.AdminRoom, err error) {
	err = o.ask(ctx, http.MethodPost, roomPath(room)+"/trim", httpapi.AdminTrim{Events: keep.Events, Seconds: keep.Age.Seconds()}, &answer)
	return answer, err
}

func (o *operator) remove(ctx context.Context, room string) error {
	return o.ask(ctx, http.MethodDelete, roomPath(room), nil, nil)
}

// stoppedRooms are those of a database that no hub has open.
type stoppedRooms struct{ store *sqlite.Store }

func (s stoppedRooms) list(ctx context.Context) ([]httpapi.AdminRoom, error) {
	infos, err := hub.AllRooms(ctx, s.store)
	all := []httpapi.AdminRoom{}
	for _, i := range infos {
		all = append(all, httpapi.RoomOf(i))
	}
	return all, err
}

func (s stoppedRooms) show(ctx context.Context, room string) (httpapi.AdminRoom, error) {
	i, err := s.store.OpenRoom(ctx, room, false)
	return httpapi.RoomOf(i), err
}

func (s stoppedRooms) trim(ctx context.Context, room string, keep hub.Keep) (httpapi.AdminRoom, error) {
	for {
		i, more, err := s.store.Trim(ctx, room, keep)
		if err != nil || !more {
			return httpapi.RoomOf(i), err
		}
	}
}

func (s stoppedRooms) remove(ctx context.Context, room string) error {
	return s.store.DeleteRoom(ctx, room)
}
