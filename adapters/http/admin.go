package http

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"hubbub/hub"
)

// Rooms is what an operator sees and does of rooms; a *[hub.Hub] is one.
type Rooms interface {
	AllRooms(ctx context.Context) ([]hub.RoomInfo, error)
	Room(ctx context.Context, name string) (hub.RoomInfo, hub.Present, error)
	Trim(ctx context.Context, room string, keep hub.Keep) (hub.RoomInfo, error)
	DeleteRoom(ctx context.Context, name string) error
}

// AdminOptions of [Admin]. All must be set.
type AdminOptions struct {
	// Key is what the operator shows as a bearer token. It opens everything here.
	Key string
	// Scopes returns the scopes that are open.
	Scopes func() []*hub.Scope
	Rooms  Rooms
	Hooks  Hooks
}

// Paths of the operator's API.
const (
	ScopesPath = "/api/v1/scopes"
	AdminPath  = "/api/v1/admin/"
)

// AdminScope is a scope as the operator sees it.
type AdminScope struct {
	ID     string          `json:"id"`
	Type   string          `json:"type"`
	Path   string          `json:"path,omitempty"`
	User   hub.Participant `json:"user"`
	Remote string          `json:"remote,omitempty"`
	Opened time.Time       `json:"opened"`
}

// AdminRoom is a room as the operator sees it.
type AdminRoom struct {
	Name    string       `json:"name"`
	Title   string       `json:"title,omitempty"`
	Head    int64        `json:"head"`
	First   int64        `json:"first"`
	Epoch   string       `json:"epoch"`
	Present *hub.Present `json:"present,omitempty"` // where one room is asked for
}

// RoomOf returns a room's row as the operator sees it.
func RoomOf(i hub.RoomInfo) AdminRoom {
	return AdminRoom{Name: i.Name, Title: i.Title, Head: i.Head, First: i.First, Epoch: i.Epoch}
}

// AdminTrim says what of a log is kept.
type AdminTrim struct {
	Events  int64   `json:"events,omitempty"`  // the newest ones, by number
	Seconds float64 `json:"seconds,omitempty"` // those that are younger
}

// Admin serves the operator's API, to be mounted at [ScopesPath] and [AdminPath].
// Who does not show the key is refused, wherever they are: another program on the
// machine may be a proxy that lets everybody in.
func Admin(opts AdminOptions) http.Handler {
	a := admin{opts}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+ScopesPath, a.scopes)
	mux.HandleFunc("GET "+AdminPath+"rooms", a.rooms)
	mux.HandleFunc("GET "+AdminPath+"rooms/{room}", a.room)
	mux.HandleFunc("DELETE "+AdminPath+"rooms/{room}", a.remove)
	mux.HandleFunc("POST "+AdminPath+"rooms/{room}/trim", a.trim)
	mux.HandleFunc("GET "+AdminPath+"hooks", a.hooks)
	mux.HandleFunc("POST "+AdminPath+"hooks", a.makeHook)
	mux.HandleFunc("DELETE "+AdminPath+"hooks/{id}", a.revokeHook)
	return a.guard(withProblems(mux))
}

type admin struct{ opts AdminOptions }

func (a admin) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if a.opts.Key == "" || !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare([]byte(key), []byte(a.opts.Key)) != 1 {
			problemOf(hub.Errorf(hub.Unauthorized, "This is for the hub's operator. Use the hubbub command, as a user who may read the hub's data folder.")).write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a admin) scopes(w http.ResponseWriter, _ *http.Request) {
	all := []AdminScope{}
	for _, s := range a.opts.Scopes() {
		found := AdminScope{ID: s.ID, Type: s.Type, Path: s.Path, User: s.Participant(), Opened: s.Opened.UTC()}
		if s.Remote.IsValid() {
			found.Remote = s.Remote.String()
		}
		all = append(all, found)
	}
	writeAnswer(w, map[string]any{"scopes": all}, nil)
}

func (a admin) rooms(w http.ResponseWriter, r *http.Request) {
	infos, err := a.opts.Rooms.AllRooms(r.Context())
	all := make([]AdminRoom, len(infos))
	for i, info := range infos {
		all[i] = RoomOf(info)
	}
	writeAnswer(w, map[string]any{"rooms": all}, err)
}

func (a admin) room(w http.ResponseWriter, r *http.Request) {
	info, present, err := a.opts.Rooms.Room(r.Context(), r.PathValue("room"))
	room := RoomOf(info)
	room.Present = &present
	writeAnswer(w, room, err)
}

func (a admin) remove(w http.ResponseWriter, r *http.Request) {
	if err := a.opts.Rooms.DeleteRoom(r.Context(), r.PathValue("room")); err != nil {
		problemOf(err).write(w)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a admin) trim(w http.ResponseWriter, r *http.Request) {
	var q AdminTrim
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&q)
	keep := hub.Keep{Events: q.Events, Age: time.Duration(q.Seconds * float64(time.Second))}
	if err != nil || keep.Events < 0 || keep.Age < 0 || keep == (hub.Keep{}) {
		problemOf(hub.Errorf(hub.Invalid, `Say what is kept: {"events": 1000} or {"seconds": 86400}.`)).write(w)
		return
	}
	info, err := a.opts.Rooms.Trim(r.Context(), r.PathValue("room"), keep)
	writeAnswer(w, RoomOf(info), err)
}

// writeAnswer writes v as JSON, or err as a problem.
func writeAnswer(w http.ResponseWriter, v any, err error) {
	body, merr := json.Marshal(v)
	if err = errors.Join(err, merr); err != nil {
		problemOf(err).write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(body, '\n'))
}
