package bench

import "time"

// A message's text begins with a stamp: who sent it, and when. It is of one
// length, so that it is read without looking for its end.
//
//	~ssssssss tttttttttttttttt~
const (
	senderDigits = 8
	timeDigits   = 16
	stampLen     = 1 + senderDigits + 1 + timeDigits + 1
)

// began is where the stamps' time begins.
var began = time.Now()

// now returns the nanoseconds of this process's own clock, which goes forward
// only.
func now() int64 { return int64(time.Since(began)) }

// appendText appends a text of size bytes with its stamp.
func appendText(dst []byte, sender int, at int64, size int) []byte {
	dst = append(dst, '~')
	dst = appendDigits(dst, int64(sender), senderDigits)
	dst = append(dst, ' ')
	dst = appendDigits(dst, at, timeDigits)
	dst = append(dst, '~')
	for i := stampLen; i < size; i++ {
		dst = append(dst, "all work and no play makes a dull load "[i%39])
	}
	return dst
}

// stampAt reads the stamp that b begins with.
func stampAt(b []byte) (sender int, at int64, ok bool) {
	if len(b) < stampLen || b[0] != '~' || b[stampLen-1] != '~' {
		return 0, 0, false
	}
	s, ok1 := digits(b[1 : 1+senderDigits])
	t, ok2 := digits(b[2+senderDigits : stampLen-1])
	return int(s), t, ok1 && ok2
}

func appendDigits(dst []byte, n int64, width int) []byte {
	from := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := from + width - 1; i >= from && n > 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// digits reads b, which is digits alone.
func digits(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(b) > 0
}

// number reads the digits that b begins with.
func number(b []byte) (n int64, ok bool) {
	i := 0
	for i < len(b) && i < 18 && b[i] >= '0' && b[i] <= '9' {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	return n, i > 0
}
