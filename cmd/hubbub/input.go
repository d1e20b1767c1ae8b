package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"hubbub/hub"
)

// message is something to be sent.
type message struct {
	text string
	line int   // where it stands in the input, from 1; 0 for one that is no line
	read int64 // bytes of the input up to its end
	err  error // instead of it: the input cannot be read, or not be sent
}

// where names the message in an error.
func (m *message) where() string {
	if m.line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", m.line)
}

// linesOf returns the messages that in holds, one a line. Empty lines are none.
// Reading may wait for ever, for somebody who types: so another goroutine does
// it, which ends with in, or when a message came and ctx has ended.
func linesOf(ctx context.Context, in io.Reader) <-chan message {
	found := make(chan message)
	go func() {
		defer close(found)
		lines := bufio.NewReaderSize(in, hub.DefaultMaxEvent)
		var read int64
		for number := 1; ; number++ {
			line, err := lines.ReadSlice('\n')
			read += int64(len(line))
			m := message{text: strings.TrimRight(string(line), "\r\n"), line: number, read: read}
			switch {
			case errors.Is(err, bufio.ErrBufferFull):
				m.err = fmt.Errorf("line %d is longer than %d bytes: cut it, or send the text as --whole", number, hub.DefaultMaxEvent)
			case err != nil && !errors.Is(err, io.EOF):
				m.err = fmt.Errorf("read line %d: %w", number, err)
			case !utf8.ValidString(m.text):
				m.err = fmt.Errorf("line %d is no UTF-8: have it converted, with iconv(1) say", number)
			}
			if strings.TrimSpace(m.text) != "" || m.err != nil {
				select {
				case found <- m:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return found
}

// wholeOf returns all that in holds as one message.
func wholeOf(in io.Reader) <-chan message {
	found := make(chan message, 1)
	go func() {
		defer close(found)
		text, err := io.ReadAll(io.LimitReader(in, hub.DefaultMaxEvent+1))
		switch {
		case err != nil:
			err = fmt.Errorf("read the text: %w", err)
		case len(text) > hub.DefaultMaxEvent:
			err = fmt.Errorf("the text is longer than %d bytes: send it in parts", hub.DefaultMaxEvent)
		case !utf8.Valid(text):
			err = errors.New("the text is no UTF-8: have it converted, with iconv(1) say")
		}
		if trimmed := strings.TrimRight(string(text), "\r\n"); strings.TrimSpace(trimmed) != "" || err != nil {
			found <- message{text: trimmed, read: int64(len(text)), err: err} // it has a place
		}
	}()
	return found
}
