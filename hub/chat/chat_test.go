package chat_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
	"hubbub/hub/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// place is a hub with its chat.
type place struct {
	*testing.T
	app   hub.Application
	store *sqlite.Store
	hub   *hub.Hub
}

func open(t *testing.T) *place {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	layer := hub.NewMemoryLayer()
	h := hub.New(store, layer, hub.Options{
		Policy: func(room string) hub.Policy { return hub.Policy{Ephemeral: strings.HasPrefix(room, "raw.")} },
	})
	t.Cleanup(func() {
		h.Close()
		if err := layer.Close(); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &place{t, chat.New(h), store, h}
}

// person is someone with a connection.
type person struct {
	*hubtest.Conn
	t    *testing.T
	refs int
}

func (p *place) enter(name string) *person {
	return &person{Conn: hubtest.Open(p.T, p.app, hubtest.NewScope(hub.ScopeWebSocket, "/ws", hubtest.As(name))), t: p.T}
}

// asks sends a command and returns the answer to it, whatever comes before.
func (p *person) asks(typ string, e hub.Event) hub.Event {
	p.t.Helper()
	p.refs++
	e.Room, e.Ref = "lobby", fmt.Sprint(p.Scope().User.ID, p.refs)
	answer := map[string]string{
		hub.TypeSendMessage: hub.TypeSentMessage, hub.TypeRoomJoin: hub.TypeRoomJoined, hub.TypeRoomLeave: hub.TypeRoomLeft,
		hub.TypeRoomHistory: hub.TypeRoomHistory, hub.TypeRoomMembers: hub.TypeRoomMembers, hub.TypeRoomList: hub.TypeRoomList,
		hub.TypeRoomCommands: hub.TypeRoomCommands,
	}[typ]
	if answer == "" {
		answer = hub.TypeOK
	}
	e.Type = typ
	p.Send(e)
	a := p.Await(answer)
	if a.Ref != e.Ref || a.Room != "lobby" {
		p.t.Errorf("%s %s was answered %+v", typ, e.Ref, a)
	}
	return a
}

// Every row of the table of events: what a participant sends, gets back, and
// what the room gets.
func TestTheTable(t *testing.T) {
	p := open(t)
	ada, bob := p.enter("ada"), p.enter("bob")
	both := []*person{ada, bob}
	joined := ada.asks(hub.TypeRoomJoin, hub.Event{Detail: &hub.Join{}})
	if d, ok := joined.Detail.(*hub.Joined); !ok || d.Head != 0 || d.First != 1 || d.Epoch == "" || d.Present.Count != 1 {
		t.Errorf("room.joined says %+v", joined.Detail)
	}
	ada.Await(hub.TypePresenceChanged)
	bob.asks(hub.TypeRoomJoin, hub.Event{Detail: &hub.Join{}})
	for told := false; !told; { // ada may be told of her own admission
		added := ada.Await(hub.TypeMemberChanged).Detail.(*hub.MemberChanged).Added
		told = slices.ContainsFunc(added, func(p hub.Participant) bool { return p.ID == "bob" })
	}
	if d := ada.Await(hub.TypePresenceChanged).Detail.(*hub.PresenceChanged); d.Count != 2 || d.Joined[0].ID != "bob" {
		t.Errorf("presence.changed says %+v", d)
	}

	var seq int64
	all := func(typ string, check func(e hub.Event) bool) {
		t.Helper()
		seq++
		for _, reader := range both {
			e := reader.Await(typ)
			if e.Room != "lobby" || e.Seq != seq || e.ID == "" || e.At.IsZero() || !check(e) {
				t.Errorf("the room got %+v, detail %+v", e, e.Detail)
			}
		}
	}
	sent := ada.asks(hub.TypeSendMessage, hub.Event{Text: "kettle?", Buttons: []hub.Button{{Action: "yes", Label: "Yes"}}})
	all(hub.TypeReceivedMessage, func(e hub.Event) bool { return e.ID == sent.ID && e.Text == "kettle?" && e.From.ID == "ada" })
	edited := ada.asks(hub.TypeEditMessage, hub.Event{Target: sent.ID, Text: "tea?"})
	all(hub.TypeEditedMessage, func(e hub.Event) bool {
		return e.Target == sent.ID && e.Text == "tea?" && e.Seq == edited.Seq && e.Detail.(*hub.Revision).Replaces == 1
	})
	bob.asks(hub.TypeReact, hub.Event{Target: sent.ID, Detail: &hub.Reaction{Emoji: "👍"}})
	all(hub.TypeReacted, func(e hub.Event) bool {
		return e.From.ID == "bob" && *e.Detail.(*hub.Reaction) == hub.Reaction{Emoji: "👍"}
	})
	bob.asks(hub.TypePressButton, hub.Event{Target: sent.ID, Detail: &hub.Press{Action: "yes"}})
	all(hub.TypePressedButton, func(e hub.Event) bool { return e.Target == sent.ID && e.Detail.(*hub.Press).Action == "yes" })

	history := func() []*hub.Entry {
		t.Helper()
		return bob.asks(hub.TypeRoomHistory, hub.Event{Detail: &hub.HistoryRequest{}}).Detail.(*hub.History).Events
	}
	if page := history(); len(page) != 4 || page[0].Event.Text != "tea?" || page[0].Event.Detail.(*hub.Standing).Rev != 3 {
		t.Errorf("history is %s", page[0].JSON)
	}
	ada.asks(hub.TypeDeleteMessage, hub.Event{Target: sent.ID})
	all(hub.TypeDeletedMessage, func(e hub.Event) bool { return e.Target == sent.ID && e.Detail.(*hub.Revision).Replaces == 2 })
	if page := history(); len(page) != 5 || page[0].Event.Text != "" || !page[0].Event.Detail.(*hub.Standing).Deleted || page[1].Event.Text != "" {
		t.Errorf("history is %s, %s", page[0].JSON, page[1].JSON)
	}

	// What is not logged.
	ada.Send(hub.Event{Type: hub.TypeTyping, Room: "lobby"})
	if e := bob.Await(hub.TypeTyping); e.From.ID != "ada" || e.Seq != 0 {
		t.Errorf("typing is %+v", e)
	}
	bob.Send(hub.Event{Type: hub.TypeMarkRead, Room: "lobby", Seq: 3})
	if e := ada.Await(hub.TypeRead); e.From.ID != "bob" || e.Detail.(*hub.Read).Read != 3 || e.Seq != 0 {
		t.Errorf("read is %+v, %+v", e, e.Detail)
	}
	rooms := ada.asks(hub.TypeRoomList, hub.Event{Detail: &hub.RoomsRequest{}}).Detail.(*hub.RoomPage)
	if len(rooms.Rooms) != 1 || rooms.Rooms[0].Name != "lobby" || !rooms.Rooms[0].Member || rooms.Rooms[0].Head < 1 || rooms.More {
		t.Errorf("room.list says %+v", rooms)
	}
	p.hub.Offer(&hub.Scope{User: hub.User{ID: "bot:dice"}}, []string{"lobby"}, []hub.Command{{Command: "/dice"}})
	if d := ada.asks(hub.TypeRoomCommands, hub.Event{}).Detail.(*hub.Commands); len(d.Commands) != 1 || d.Commands[0].Command != "/dice" {
		t.Errorf("room.commands says %+v", d)
	}
	members := ada.asks(hub.TypeRoomMembers, hub.Event{Detail: &hub.MembersRequest{}}).Detail.(*hub.MemberPage)
	if i := slices.IndexFunc(members.Members, func(m hub.Member) bool { return m.ID == "bob" }); i < 0 || members.Members[i].Read != 3 || members.More {
		t.Errorf("members are %+v", members)
	}
	bob.asks(hub.TypeRoomLeave, hub.Event{})
	p.hub.Restarting()
	for _, reader := range both {
		reader.Await(hub.TypeRestarting)
	}
	bob.Close()
	ada.Close()
}

// What cannot be is an error that says what to do, and does not end the scope.
func TestRefusals(t *testing.T) {
	p := open(t)
	ada, bob := p.enter("ada"), p.enter("bob")
	ada.asks(hub.TypeRoomJoin, hub.Event{})
	mine := ada.asks(hub.TypeSendMessage, hub.Event{Text: "mine"}).ID
	for _, test := range []struct {
		name string
		e    hub.Event
		code hub.Code
	}{
		{"an unknown type", hub.Event{Type: "chat.shout", Room: "lobby"}, hub.Invalid},
		{"a message of nothing", hub.Event{Type: hub.TypeSendMessage, Room: "lobby"}, hub.Invalid},
		{"an edit of another's message", hub.Event{Type: hub.TypeEditMessage, Room: "lobby", Target: mine, Text: "yours"}, hub.Forbidden},
		{"an edit to nothing", hub.Event{Type: hub.TypeEditMessage, Room: "lobby", Target: mine}, hub.Invalid},
		{"an edit without a target", hub.Event{Type: hub.TypeEditMessage, Room: "lobby", Text: "x"}, hub.Invalid},
		{"an edit that is too long", hub.Event{Type: hub.TypeEditMessage, Room: "lobby", Target: mine, Text: strings.Repeat("x", 17<<10)}, hub.TooLarge},
		{"a deletion of another's message", hub.Event{Type: hub.TypeDeleteMessage, Room: "lobby", Target: mine}, hub.Forbidden},
		{"a reaction to nothing", hub.Event{Type: hub.TypeReact, Room: "lobby", Target: hub.NewID(), Detail: &hub.Reaction{Emoji: "👍"}}, hub.NotFound},
		{"a reaction of words", hub.Event{Type: hub.TypeReact, Room: "lobby", Target: mine, Detail: &hub.Reaction{Emoji: "well done"}}, hub.Invalid},
		{"a reaction without detail", hub.Event{Type: hub.TypeReact, Room: "lobby", Target: mine}, hub.Invalid},
		{"a press of no button", hub.Event{Type: hub.TypePressButton, Room: "lobby", Target: mine, Detail: &hub.Press{Action: "x"}}, hub.NotFound},
		{"a change in a room that is not there", hub.Event{Type: hub.TypeDeleteMessage, Room: "nowhere", Target: mine}, hub.NotFound},
		{"typing in a room that is not there", hub.Event{Type: hub.TypeTyping, Room: "nowhere"}, hub.NotFound},
		{"reading up to nothing", hub.Event{Type: hub.TypeMarkRead, Room: "lobby"}, hub.Invalid},
		{"members of a room that is not there", hub.Event{Type: hub.TypeRoomMembers, Room: "nowhere", Detail: &hub.MembersRequest{}}, hub.NotFound},
		{"commands of a room that is not there", hub.Event{Type: hub.TypeRoomCommands, Room: "nowhere"}, hub.NotFound},
		{"where a room stands that is not there", hub.Event{Type: hub.TypeRoomList, Room: "nowhere", Detail: &hub.RoomsRequest{}}, hub.NotFound},
		{"rooms without a question", hub.Event{Type: hub.TypeRoomList}, hub.Invalid},
		{"leaving what was not joined", hub.Event{Type: hub.TypeRoomLeave, Room: "lobby"}, hub.NotFound},
		{"following all rooms, which is for adapters", hub.Event{Type: hub.TypeRoomFollow}, hub.Invalid},
		{"history both ways", hub.Event{Type: hub.TypeRoomHistory, Room: "lobby", Detail: &hub.HistoryRequest{Before: new(int64(2)), After: new(int64(1))}}, hub.Invalid},
	} {
		err := bob.Try(test.e)
		if err == nil {
			if problem, ok := bob.Await(hub.TypeError).Detail.(*hub.Problem); ok {
				err = hub.Errorf(problem.Code, "%s", problem.Message)
			}
		}
		if hub.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", test.name, err, test.code)
		}
	}
	bob.Close()
	ada.Close()
}

// An ephemeral room carries messages, and says what it cannot do.
func TestAnEphemeralRoom(t *testing.T) {
	p := open(t)
	ada := p.enter("ada")
	ada.Send(hub.Event{Type: hub.TypeRoomJoin, Room: "raw.one", Detail: &hub.Join{Limit: 10}})
	before := ada.Await(hub.TypeRoomJoined).Detail.(*hub.Joined)
	ada.Send(hub.Event{Type: hub.TypeSendMessage, Room: "raw.one", Ref: "r", Text: "hi"})
	sent, got := ada.Await(hub.TypeSentMessage), ada.Await(hub.TypeReceivedMessage)
	if sent.Seq != before.Head+1 || got.Seq != sent.Seq || got.ID != sent.ID || got.At.IsZero() || got.Text != "hi" {
		t.Errorf("sent %+v, got %+v", sent, got)
	}
	for _, e := range []hub.Event{
		{Type: hub.TypeRoomHistory, Detail: &hub.HistoryRequest{}},
		{Type: hub.TypeEditMessage, Target: sent.ID, Text: "x"},
		{Type: hub.TypeReact, Target: sent.ID, Detail: &hub.Reaction{Emoji: "👍"}},
		{Type: hub.TypeMarkRead, Seq: 1},
	} {
		e.Room = "raw.one"
		err := ada.Try(e)
		if err == nil {
			problem := ada.Await(hub.TypeError).Detail.(*hub.Problem)
			err = hub.Errorf(problem.Code, "%s", problem.Message)
		}
		if hub.CodeOf(err) != hub.Invalid || !strings.Contains(err.Error(), "keeps no history") {
			t.Errorf("%s: %v", e.Type, err)
		}
	}
	if info, err := p.store.OpenRoom(t.Context(), "raw.one", false); err != nil || info.Head != 0 {
		t.Errorf("the log of an ephemeral room is %+v, %v", info, err)
	}
	// Who knows where it stands has missed nothing; nothing can be fetched.
	bob := p.enter("bob")
	for _, test := range []struct {
		since     int64
		recovered bool
	}{{sent.Seq, true}, {before.Head, false}} {
		bob.Send(hub.Event{Type: hub.TypeRoomJoin, Room: "raw.one", Detail: &hub.Join{Since: &test.since, Epoch: before.Epoch}})
		if d := bob.Await(hub.TypeRoomJoined).Detail.(*hub.Joined); d.Recovered != test.recovered || len(d.Events) != 0 || d.Head != sent.Seq {
			t.Errorf("resumed since %d: %+v", test.since, d)
		}
	}
	bob.Close()
	ada.Close()
}

// Whoever is in a room that is deleted is told once, can make it anew, and is told
// of the next one as of any other.
func TestARoomIsRemoved(t *testing.T) {
	p := open(t)
	ada, bob := p.enter("ada"), p.enter("bob")
	ada.asks(hub.TypeRoomJoin, hub.Event{})
	bob.asks(hub.TypeRoomJoin, hub.Event{})
	for range 2 {
		if err := p.hub.DeleteRoom(t.Context(), "lobby"); err != nil {
			t.Fatal(err)
		}
		for _, reader := range []*person{ada, bob} {
			if e := reader.Await(hub.TypeRoomRemoved); e.Room != "lobby" {
				t.Errorf("told of %+v", e)
			}
		}
		if d := ada.asks(hub.TypeRoomJoin, hub.Event{}).Detail.(*hub.Joined); d.Head != 0 || d.Present.Count != 1 {
			t.Errorf("made anew it is %+v", d)
		}
		bob.asks(hub.TypeRoomLeave, hub.Event{}) // of the room before: it does no harm
		bob.asks(hub.TypeRoomJoin, hub.Event{})
	}
	ada.asks(hub.TypeRoomLeave, hub.Event{})
	bob.asks(hub.TypeSendMessage, hub.Event{Text: "anew"})
	for head := int64(0); head != 1; {
		head = ada.Await(hub.TypeRoomHead).Detail.(*hub.Unread).Head
	}
	bob.Close()
	ada.Close()
}
