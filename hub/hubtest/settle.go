package hubtest

import (
	"testing/synctest"
	"time"
)

// settle waits until what is under way has happened, as far as that can be known.
func settle() {
	if !settled() {
		<-time.After(moment)
	}
}

const notInBubble = "goroutine is not in a bubble" // what Wait then panics with

// settled waits in a synctest bubble, and reports whether it is in one: there is
// no other way to ask than to have Wait panic.
func settled() (inBubble bool) {
	defer func() {
		if !inBubble {
			if p := recover(); p != notInBubble {
				panic(p)
			}
		}
	}()
	synctest.Wait()
	return true
}
