package mqtt

// edge follows a stream of packets, to know where one ends (MQTT 5, 2.1).
type edge struct {
	head int // bytes of the fixed header that have passed; 0 between two packets
	left int // bytes of the packet that are to come, as far as it is known
	lost bool
}

// between reports whether the next byte is the first of a packet.
func (e *edge) between() bool { return e.head == 0 && !e.lost }

// pass passes over b, to the end of the packet at most, and returns how much that is.
// Behind a length that is none it does not look for packets any more.
func (e *edge) pass(b []byte) int {
	if e.lost {
		return len(b)
	}
	for i, c := range b {
		switch {
		case e.head == 0:
			e.head = 1
		case e.head > 0:
			e.left |= int(c&0x7F) << (7 * (e.head - 1))
			if c&0x80 != 0 {
				if e.head++; e.head > 4 {
					e.lost = true
					return len(b)
				}
				continue
			}
			return e.body(i+1, len(b))
		default:
			return e.body(i, len(b))
		}
	}
	return len(b)
}

// body passes over what there is of the packet's body, from at on.
func (e *edge) body(at, end int) int {
	n := min(e.left, end-at)
	e.head, e.left = -1, e.left-n
	if e.left == 0 {
		e.head = 0
	}
	return at + n
}
