package hubtest

import "hubbub/hub"

// Worker is a worker's consumer without a channel.
type Worker struct{ *Conn }

// OpenWorker opens the scope of a worker on that channel, as [hub.Work] does. See
// [Open], and [NewScope] for changes.
func OpenWorker(t TB, app hub.Application, channel string, changes ...func(*hub.Scope)) *Worker {
	t.Helper()
	return &Worker{open(t, app, NewScope(hub.ScopeChannel, channel, changes...), kind{
		takes: func(*hub.Event) error {
			return hub.Errorf(hub.Invalid, "A worker has nobody to send to.")
		},
	})}
}

// Hand hands the consumer a message of the channel, which it must handle without
// error.
func (w *Worker) Hand(message string) {
	w.t.Helper()
	w.Send(hub.Event{Type: hub.TypeChannelMessage, Detail: &hub.ChannelMessage{Body: []byte(message)}})
}
