package redis

import (
	"testing"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

func TestLayer(t *testing.T) {
	hubtest.TestLayer(t, func(t *testing.T, channels hub.ChannelOptions) hub.Layer {
		t.Helper()
		return openAt(t, shared.addr, fresh(channels))
	})
}
