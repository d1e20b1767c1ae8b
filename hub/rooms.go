package hub

import "context"

// AllRooms returns all rooms by name, for the hub's operator.
func (h *Hub) AllRooms(ctx context.Context) ([]RoomInfo, error) {
	all, err := AllRooms(ctx, h.store)
	if err != nil {
		return nil, h.unavailable("list rooms", "", err)
	}
	return all, nil
}

// Room returns the room and who is in it now, for the hub's operator. Of a room
// that keeps no log Head and First are those of what was published last.
func (h *Hub) Room(ctx context.Context, name string) (RoomInfo, Present, error) {
	if err := CheckRoomName(name); err != nil {
		return RoomInfo{}, Present{}, err
	}
	info, err := h.store.OpenRoom(ctx, name, false)
	if err != nil {
		return RoomInfo{}, Present{}, h.unavailable("look at room", name, err)
	}
	if r := h.loaded(name); r != nil && r.policy.Ephemeral {
		info.Head, info.First, info.Epoch = r.where()
	}
	users, count, err := h.layer.Present(ctx, name, MaxPresent)
	if err != nil {
		return RoomInfo{}, Present{}, h.unavailable("ask who is in room", name, err)
	}
	return info, Present{Count: count, Users: users}, nil
}
