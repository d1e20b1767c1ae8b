package bench

import "testing"

// FuzzScan has whatever a server may send taken apart: nothing panics, and what
// is taken is no more than what came.
func FuzzScan(f *testing.F) {
	f.Add([]byte("\x81\x05hello"))
	f.Add([]byte("\x81\x7e\x00\x20" + `{"type":"room.gap","after":3}xxx`))
	f.Add([]byte("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\x30\x0a\x00\x03a/b\x00\x01hi"))
	f.Add([]byte("\x32\x03\x00\x01a"))
	f.Add([]byte("\x90\x03\x00\x01\x80"))
	f.Add([]byte("\x90\x1f\x00\x01\x1b\x26\x00\x04head\x00\x011\x26\x00\x05epoch\x00\x02e1\x00"))
	f.Add([]byte("HTTP/1.1 429 Too Many\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		load := &Load{}
		for _, w := range []wire{&webSocket{load: load}, &webSocket{load: load, upgraded: true}, &mqttWire{load: load}, &mqttWire{load: load, v5: true, asked: []int{1}}} {
			m, n, err := w.scan(b)
			if n < 0 || n > len(b) || err != nil && n != 0 {
				t.Errorf("%T took %d of %d bytes, %v", w, n, len(b), err)
			}
			scanEvent(m.body)
		}
	})
}

// FuzzEvent has the stamp of each text come out of the event as it went in.
func FuzzEvent(f *testing.F) {
	f.Add(3, int64(1234567890), int64(42), `{"seq":9,"text":"~`)
	f.Fuzz(func(t *testing.T, sender int, at, seq int64, after string) {
		if sender < 0 || sender > 99_999_999 || at < 0 || at > 9_999_999_999_999_999 || seq < 0 || seq > 1e17 {
			t.Skip()
		}
		body := []byte(`{"type":"chat.received_message","room":"bench.none.7","id":"x","seq":`)
		body = append(appendDigits(body, seq, 18), `,"at":"x","from":{"name":"x"},"text":"`...)
		body = append(appendText(body, sender, at, 60), after...)
		if e, ok := scanEvent(body); !ok || e != (event{7, seq, sender, at}) {
			t.Errorf("%s is %+v", body, e)
		}
	})
}
