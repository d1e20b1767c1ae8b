package http

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hubbub/hub"
)

const (
	pathRoom   = "/api/v1/rooms/{room}"
	pathStream = pathRoom + "/stream"
)

// rooms registers where rooms stand and who is in them.
func (a *api) rooms(h huma.API) {
	register(h, tagRooms, huma.Operation{
		OperationID: "list-rooms", Method: http.MethodGet, Path: "/api/v1/rooms",
		Summary:     "List the rooms",
		Description: "By name, a page at a time, with what is unread in those that you are a member of.",
	}, a.list)
	register(h, tagRooms, huma.Operation{
		OperationID: "get-room", Method: http.MethodGet, Path: pathRoom,
		Summary: "Say where a room stands",
	}, a.room)
	register(h, tagRooms, huma.Operation{
		OperationID: "list-members", Method: http.MethodGet, Path: pathRoom + "/members",
		Summary:     "List a room's members",
		Description: "By id, a page at a time. Who joins a room or writes to it is a member from then on.",
	}, a.members)
	register(h, tagRooms, huma.Operation{
		OperationID: "list-commands", Method: http.MethodGet, Path: pathRoom + "/commands",
		Summary:     "List what a room's bots answer to",
		Description: "By command. What stands in brackets in a usage may be left out; what ends in … may be several words.",
	}, a.commands)
	register(h, tagRooms, huma.Operation{
		OperationID: "mark-read", Method: http.MethodPut, Path: pathRoom + "/read",
		Summary: "Say how far you have read", DefaultStatus: http.StatusNoContent,
		Description: "A mark never goes back.",
	}, a.markRead)
}

type listInput struct {
	After string `query:"after" doc:"Rooms whose names come after this one" example:"garden"`
	Limit int    `query:"limit" minimum:"0" doc:"At most so many, up to 1000; default 50" example:"20"`
}

// room is where a room stands, and where who asks stands in it.
type room struct {
	Name      string `json:"name" doc:"The room's name, which never changes" example:"lobby"`
	Title     string `json:"title,omitempty" example:"The lobby"`
	Head      int64  `json:"head" doc:"Seq of the newest event" example:"42"`
	First     int64  `json:"first" doc:"Seq of the oldest event kept; head+1 where none is" example:"1"`
	Epoch     string `json:"epoch" doc:"Names this history of the log" example:"01m8qk2b5w3x8s0v9d7c6f4a2p"`
	Ephemeral bool   `json:"ephemeral,omitempty" doc:"No log is kept"`
	Member    bool   `json:"member" doc:"You are one" example:"true"`
	Read      int64  `json:"read,omitempty" doc:"Seq up to which you have read" example:"40"`
	Unread    int    `json:"unread,omitempty" doc:"Messages of others above that, at most 100" example:"2"`
	Mentions  int    `json:"mentions,omitempty" doc:"How many of them name you" example:"1"`
}

type listOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Rooms []room `json:"rooms" doc:"By name"`
		More  bool   `json:"more" doc:"There are more after these" example:"false"`
	}
}

func (a *api) list(ctx context.Context, in *listInput) (*listOutput, error) {
	page, err := a.roomPage(ctx, hub.Event{Type: hub.TypeRoomList, Detail: &hub.RoomsRequest{After: in.After, Limit: in.Limit}})
	if err != nil {
		return nil, err
	}
	out := &listOutput{CacheControl: noStore}
	out.Body.Rooms, out.Body.More = make([]room, 0, len(page.Rooms)), page.More
	for _, r := range page.Rooms {
		out.Body.Rooms = append(out.Body.Rooms, room(r))
	}
	return out, nil
}

func (a *api) roomPage(ctx context.Context, e hub.Event) (*hub.RoomPage, error) {
	answer, err := a.ask(ctx, e)
	if err != nil {
		return nil, err
	}
	page, ok := answer.Detail.(*hub.RoomPage)
	if !ok {
		return nil, unexpected(&answer)
	}
	return page, nil
}

type roomInput struct {
	Room string `path:"room" doc:"The room's name" example:"lobby"`
}

type roomOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         room
}

func (a *api) room(ctx context.Context, in *roomInput) (*roomOutput, error) {
	page, err := a.roomPage(ctx, hub.Event{Type: hub.TypeRoomList, Room: in.Room, Detail: &hub.RoomsRequest{}})
	if err != nil {
		return nil, err
	}
	if len(page.Rooms) != 1 {
		return nil, problemOf(hub.Errorf(hub.NotFound, "There is no room %s.", in.Room))
	}
	return &roomOutput{CacheControl: noStore, Body: room(page.Rooms[0])}, nil
}

type membersInput struct {
	Room  string `path:"room" doc:"The room's name" example:"lobby"`
	After string `query:"after" doc:"Members whose ids come after this one"`
	Limit int    `query:"limit" minimum:"0" doc:"At most so many, up to 1000; default 50" example:"20"`
}

type membersOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Members []hub.Member `json:"members" doc:"By id"`
		More    bool         `json:"more" doc:"There are more after these" example:"false"`
	}
}

func (a *api) members(ctx context.Context, in *membersInput) (*membersOutput, error) {
	answer, err := a.ask(ctx, hub.Event{
		Type: hub.TypeRoomMembers, Room: in.Room, Detail: &hub.MembersRequest{After: in.After, Limit: in.Limit},
	})
	if err != nil {
		return nil, err
	}
	page, ok := answer.Detail.(*hub.MemberPage)
	if !ok {
		return nil, unexpected(&answer)
	}
	out := &membersOutput{CacheControl: noStore}
	out.Body.Members, out.Body.More = page.Members, page.More
	return out, nil
}

type commandsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Commands []command `json:"commands" doc:"By command"`
	}
}

type command struct {
	Command string          `json:"command" doc:"As it is typed" example:"/dice"`
	Usage   string          `json:"usage" doc:"With what may follow" example:"/dice [sides]"`
	About   string          `json:"about,omitempty" doc:"What it does" example:"Throws a die."`
	Bot     hub.Participant `json:"bot" doc:"Who answers"`
}

func (a *api) commands(ctx context.Context, in *roomInput) (*commandsOutput, error) {
	answer, err := a.ask(ctx, hub.Event{Type: hub.TypeRoomCommands, Room: in.Room})
	if err != nil {
		return nil, err
	}
	list, ok := answer.Detail.(*hub.Commands)
	if !ok {
		return nil, unexpected(&answer)
	}
	out := &commandsOutput{CacheControl: noStore}
	out.Body.Commands = make([]command, len(list.Commands))
	for i, c := range list.Commands {
		out.Body.Commands[i] = command(c)
	}
	return out, nil
}

type markInput struct {
	Room string `path:"room" doc:"The room's name" example:"lobby"`
	Body struct {
		Seq int64 `json:"seq" doc:"Seq of the newest event that you have read" example:"42"`
	}
}

func (a *api) markRead(ctx context.Context, in *markInput) (*struct{}, error) {
	return nil, a.tell(ctx, hub.Event{Type: hub.TypeMarkRead, Room: in.Room, Seq: in.Body.Seq})
}
