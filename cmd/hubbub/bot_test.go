package main

import (
	"strings"
	"testing"
)

func TestBotCommands(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		args   string
		input  string
		env    string
		status int
		want   string
	}{
		{"bot check", "", "", 0, "greeter  Greeter"},
		{"bot check", "", "HUBBUB_BOTS=nowhere", 2, "HUBBUB_BOTS: there is no folder nowhere"},
		{"bot try greeter --name Ada", "/ping\nnothing\nhello\n", "", 0, "Greeter: pong\nGreeter: Hello Ada!\n"},
		{"bot try greeter hello --name Ada", "", "", 0, "Greeter: Hello Ada!\n"},
		{"bot try nobody", "", "", 2, "there is no bot nobody. There are: dice, greeter, kettle"},
		{"__complete bot try ", "", "", 0, "dice\ngreeter\nkettle\n"},
	} {
		cmd := program(t, dir, strings.Split(test.args, " ")...)
		cmd.Stdin = strings.NewReader(test.input)
		if test.env != "" {
			cmd.Env = append(cmd.Env, test.env)
		}
		if out, err := cmd.CombinedOutput(); exitStatus(err) != test.status || !strings.Contains(string(out), test.want) {
			t.Errorf("hubbub %s: status %d, %s", test.args, exitStatus(err), out)
		}
	}
}
