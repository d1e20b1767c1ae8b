package mqtt

import (
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// hooks are the seams to mochi. What mochi calls for a client while it reads
// comes on that client's reading goroutine.
type hooks struct {
	mochi.HookBase
}

func (*hooks) ID() string { return "hubbub" }

func (*hooks) Provides(b byte) bool {
	switch b {
	case mochi.OnConnectAuthenticate, mochi.OnConnect, mochi.OnSessionEstablish, mochi.OnACLCheck,
		mochi.OnPacketRead, mochi.OnPacketEncode, mochi.OnPacketProcessed,
		mochi.OnSubscribe, mochi.OnSubscribed, mochi.OnUnsubscribe:
		return true
	}
	return false
}

func sessionOf(cl *mochi.Client) *session {
	return cl.Net.Conn.(*link).session // no other connection is ever given to mochi
}

// OnConnectAuthenticate leaves it to the application, which OnConnect asks.
func (*hooks) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }

func (*hooks) OnConnect(cl *mochi.Client, pk packets.Packet) error {
	s := sessionOf(cl)
	if refused := s.connect(cl, &pk); refused != nil {
		s.write(s.peer.connack(refused))
		return packets.Code{Code: refused.Reason, Reason: refused.Message}
	}
	return nil
}

func (*hooks) OnSessionEstablish(cl *mochi.Client, _ packets.Packet) { sessionOf(cl).establish() }

// OnACLCheck keeps all topics out of mochi.
func (*hooks) OnACLCheck(*mochi.Client, string, bool) bool { return false }

func (*hooks) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	s := sessionOf(cl)
	if s.hungUp() {
		return pk, packets.ErrRejectPacket // ends the reading
	}
	switch pk.FixedHeader.Type {
	case packets.Connect:
		if !s.established {
			if refused := s.normalize(&pk); refused != nil {
				s.write(refused)
				return pk, packets.ErrRejectPacket
			}
		}
	case packets.Publish:
		return s.published(&pk), nil
	case packets.Subscribe:
		if wrong := checkSubscribe(&pk); s.peer.v5 && wrong != nil {
			s.hangUp(wrong, hub.Errorf(hub.Invalid, "%s", wrong.Message))
			return pk, packets.ErrRejectPacket
		}
	case packets.Puback:
		s.window.acknowledge(pk.PacketID)
		return nothing, nil
	case packets.Pubrec:
		s.received(&pk)
		return nothing, nil
	case packets.Pubcomp:
		s.window.complete(pk.PacketID)
		return nothing, nil
	case packets.Pubrel:
		s.released(&pk)
		return nothing, nil
	case packets.Disconnect:
		s.disconnected(&pk)
	case packets.Connack, packets.Suback, packets.Unsuback, packets.Pingresp, packets.Auth:
		s.hangUp(refusal(packets.ErrProtocolViolation, "This packet is not a client's to send."), packets.ErrProtocolViolation)
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

func (*hooks) OnPacketEncode(cl *mochi.Client, pk packets.Packet) packets.Packet {
	s := sessionOf(cl)
	switch pk.FixedHeader.Type {
	case packets.Connack:
		pk.Properties.MaximumPacketSize = uint32(s.server.options.MaxPacket)
	case packets.Suback:
		pk.Properties.User = nil
		for _, p := range s.told {
			pk.Properties.User = append(pk.Properties.User, packets.UserProperty{Key: p.Key, Val: p.Value})
		}
	case packets.Unsuback:
		pk.ReasonCodes = s.unsuback
	case packets.Disconnect:
		s.farewell = true
	}
	return pk
}

func (*hooks) OnSubscribe(cl *mochi.Client, pk packets.Packet) packets.Packet {
	s := sessionOf(cl)
	s.pace(&pk)
	s.window.hold()
	s.told = nil
	return pk
}

func (*hooks) OnSubscribed(cl *mochi.Client, pk packets.Packet, codes []byte) {
	sessionOf(cl).subscribed(&pk, codes)
}

func (*hooks) OnUnsubscribe(cl *mochi.Client, pk packets.Packet) packets.Packet {
	s := sessionOf(cl)
	s.window.hold()
	s.unsubscribe(&pk)
	return pk
}

// OnPacketProcessed comes when the SUBACK or UNSUBACK is written.
func (*hooks) OnPacketProcessed(cl *mochi.Client, pk packets.Packet, _ error) {
	if t := pk.FixedHeader.Type; t == packets.Subscribe || t == packets.Unsubscribe {
		s := sessionOf(cl)
		s.window.release(s.write)
	}
}
