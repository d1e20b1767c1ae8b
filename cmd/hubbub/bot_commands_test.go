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
		{"bot try greeter --name Ada", "/help ping\nthanks\nhello\nthanks\n:as Eve\n/greetings\n:nonsense\n:1\n", "", 0,
			"Greeter: /ping: Answers pong.\nGreeter: Hello Ada!\nGreeter reacts ❤️\nGreeter: 0 times, Eve.\n" +
				"There are :1 (press a button), :as NAME KIND, :data JSON, :rest and :quit.\nThere are 0 buttons to press.\n"},
		{"bot try oncall --name Ada", "/rota set Ada Bob\n:as night freezer device\n:data {\"alarm\":\"warm\"}\n:as Ada\n:2\n:as Bob person\n:1\n:rest\n:as Eve robot\n:quit\nhello\n", "", 0,
			"On call: On call, in turn: Ada, Bob. Now it is Ada.\n" +
				"On call: @Ada, night freezer raises an alarm: warm (call 1) [1 Acknowledge] [2 Hand over]\n" +
				"On call: Ada hands over. @Bob, it is yours: warm (call 1) [1 Acknowledge] [2 Hand over]\n" +
				"On call edits: warm (call 1): Bob has it.\nOn call: Bob has it.\n" +
				"nobody is a robot. There are: person, guest, device, bot\n"},
		{"bot try oncall --kind robot", "", "", 2, "nobody is a robot"},
		{"bot test", "", "", 0, "oncall does what "},
		{"bot test nobody", "", "", 2, "there is no bot nobody"},
		{"bot try nobody", "", "", 2, "there is no bot nobody. There are: dice, greeter, kettle, oncall"},
		{"__complete bot try ", "", "", 0, "dice\ngreeter\nkettle\noncall\n"},
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
