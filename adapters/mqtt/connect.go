package mqtt

import (
	"bytes"
	"errors"
	"strings"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

var (
	errTakenOver = errors.New("mqtt: another connection uses the client id now")
	errFinished  = errors.New("mqtt: the consumer has finished") // as it should, which is no cause
)

// normalize changes a CONNECT to what is served: sessions end with their
// connection, which MQTT 5 is told (session expiry 0) and 3.1.1 sees by session
// present 0 (MQTT 5, 3.1.2.4). It returns how one is refused that mochi would not
// refuse, or not as its version has it: nil for one that may go on, nothing where the
// connection is to end without a word (3.1.1, 4.8).
func (s *session) normalize(pk *packets.Packet) []byte {
	s.unclean = !pk.Connect.Clean
	pk.Connect.Clean = true
	if s.emptyWill = pk.Connect.WillFlag && len(pk.Connect.WillPayload) == 0; s.emptyWill {
		pk.Connect.WillPayload = []byte{0} // mochi takes an empty one for none
	}
	if pk.Connect.PasswordFlag && len(pk.Connect.Password) == 0 { // the same; nobody looks at passwords
		pk.Connect.PasswordFlag = false
	}
	wrong := pk.ConnectValidate()
	if wrong == packets.CodeSuccess && !pk.Connect.WillFlag && pk.Connect.WillQos > 0 {
		wrong = packets.ErrProtocolViolation
	}
	p := peer{v5: pk.ProtocolVersion == 5}
	hello := s.link.greet()
	switch {
	case wrong == packets.ErrProtocolViolationProtocolVersion:
		return []byte{packetConnack, 2, 0, 1} // whatever it speaks, it may know what this says (3.1.1, 3.1.2-2)
	case pk.Properties.AuthenticationMethod != "":
		return p.connack(refusal(packets.ErrBadAuthenticationMethod, "No authentication method is known here."))
	case wrong == packets.CodeSuccess:
		if p.v5 {
			if refused := checkHello(hello); refused != nil {
				return p.connack(refused)
			}
		}
		return nil
	case p.v5:
		return p.connack(refusal(wrong, wrong.Reason))
	}
	return []byte{}
}

// connect looks at what mochi has made of a CONNECT and makes the scope and its
// consumer, or says why not.
func (s *session) connect(cl *mochi.Client, pk *packets.Packet) *Ack {
	s.client = cl
	s.server.known(s)
	// What mochi has of the packet would keep all of it.
	cl.ID, cl.Properties.Username = strings.Clone(cl.ID), bytes.Clone(cl.Properties.Username)
	props := &cl.Properties.Props
	props.User = nil
	s.peer = peer{
		v5:        pk.ProtocolVersion >= 5,
		reasons:   !props.RequestProblemInfoFlag || props.RequestProblemInfo == 1,
		maxPacket: int(props.MaximumPacketSize),
	}
	s.link.slow(s.peer.disconnect(packets.ErrQuotaExceeded.Code, hub.ErrSlow.Message))
	if refused := s.checkID(cl); refused != nil {
		return refused
	}
	name, refused := nameOf(cl)
	if refused != nil {
		return refused
	}
	if cl.State.Keepalive > maxKeepalive {
		cl.State.Keepalive, cl.State.ServerKeepalive = maxKeepalive, true
	}
	s.openWindow(cl, int(props.ReceiveMaximum))
	s.scope = &hub.Scope{
		ID:     hub.NewID(),
		Type:   hub.ScopeMQTT,
		Path:   "/mqtt",
		User:   hub.User{ID: "mqtt:" + cl.ID, Name: name, Kind: hub.Device},
		Remote: s.link.remote,
		Opened: s.opened,
	}
	if socket := s.link.socket; socket != nil {
		s.scope.Headers, s.scope.Host = socket.request.Header, socket.request.Host
	}
	consumer, err := s.server.app(s.ctx, s.scope, s)
	if err != nil {
		return connackOf(hub.ProblemOf(err))
	}
	s.consumer = consumer
	return s.takeWill(cl, pk)
}

// checkID refuses ids that could not be told or logged, and those that 3.1.1
// forbids (3.1.3.1: an empty one without a clean session).
func (s *session) checkID(cl *mochi.Client) *Ack {
	assigned := cl.Properties.Props.AssignedClientID != ""
	if len(cl.ID) > maxName || !printable(cl.ID) || assigned && s.unclean && !s.peer.v5 {
		return refusal(packets.ErrClientIdentifierNotValid, "A client id is 1 to 128 bytes of text without control characters.")
	}
	return nil
}

// nameOf returns what others see: the username, else the client id, as much of
// it as a name may be long.
func nameOf(cl *mochi.Client) (string, *Ack) {
	name := string(cl.Properties.Username)
	if name == "" {
		name = cl.ID
	}
	if !printable(name) {
		return "", refusal(packets.ErrBadUsernameOrPassword, "A username is UTF-8 without control characters.")
	}
	if runes := []rune(name); len(runes) > hub.MaxUserName {
		name = string(runes[:hub.MaxUserName])
	}
	if name = strings.TrimSpace(name); name == "" {
		name = "device"
	}
	return name, nil
}

// openWindow takes over the client's Receive Maximum (MQTT 5, 3.1.2.11.3), and
// leaves nothing of it to mochi, which delivers nothing.
func (s *session) openWindow(cl *mochi.Client, limit int) {
	s.window.size = maxWindow
	if limit > 0 {
		s.window.size = min(maxWindow, limit)
	}
	cl.State.Inflight.ResetSendQuota(0)
}

// establish takes the client id over from an older connection, whose consumer is
// closed when it returns (MQTT 5, 3.1.4).
func (s *session) establish() {
	if old := s.server.claim(s); old != nil {
		if s.unclean {
			old.comesBack()
		}
		old.hangUp(refusal(packets.ErrSessionTakenOver, "Another connection uses the client id now."), errTakenOver)
		<-old.closed
	}
	s.established = true
}
