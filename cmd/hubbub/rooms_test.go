package main

import (
	"testing"
	"time"

	"hubbub/hub"
)

// The first rule that matches and says so decides.
func TestRoomRules(t *testing.T) {
	c, err := loadConfig(write(t, `
rooms:
  history: 10000
  create: members
  rules:
  - {rooms: "ops.*", create: admins}
  - {rooms: "*.raw", history: none, create: anyone}
  - {rooms: "ops.?", history: 30d}
  - {rooms: "lobby", history: forever}
`))
	if err != nil {
		t.Fatal(err)
	}
	person, guest := &hub.Scope{User: hub.User{Kind: hub.Person}}, &hub.Scope{User: hub.User{Kind: hub.Guest}}
	for room, want := range map[string]struct {
		policy        hub.Policy
		person, guest bool
	}{
		"other":   {hub.Policy{Keep: hub.Keep{Events: 10000}}, true, false},
		"a.raw":   {hub.Policy{Ephemeral: true}, true, true},
		"ops.raw": {hub.Policy{Ephemeral: true}, false, false},
		"ops.1":   {hub.Policy{Keep: hub.Keep{Age: 30 * 24 * time.Hour}}, false, false},
		"lobby":   {hub.Policy{}, true, false},
	} {
		if got := c.policy(room); got != want.policy {
			t.Errorf("%s is kept %+v, want %+v", room, got, want.policy)
		}
		if c.mayCreate(person, room) != want.person || c.mayCreate(guest, room) != want.guest {
			t.Errorf("who may create %s", room)
		}
	}
	t.Setenv("HUBBUB_ROOMS_RULES", "sensor.*=none, ops=12h")
	if c, err = loadConfig(write(t, "")); err != nil || len(c.RoomRules) != 2 || c.policy("ops").Keep.Age != 12*time.Hour || !c.policy("sensor.7").Ephemeral {
		t.Errorf("from the environment: %+v, %v", c, err)
	}
}
