package bots

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/expr-lang/expr"

	"hubbub/hub"
)

// functionNames are what expressions may call. What makes much out of little is not
// among it (repeat, split, replace, sort…), so that an expression takes a bounded time;
// join is ours, and bounded.
var functionNames = []string{
	"abs", "all", "any", "ceil", "concat", "count", "date", "duration", "filter", "find", "first", "float", "floor", "hasPrefix", "hasSuffix",
	"indexOf", "int", "join", "last", "len", "lower", "map", "max", "min", "none", "now", "one", "pick", "random", "round", "string", "trim", "upper",
}

// functions are the options for the compiler: those of expr's own that are allowed,
// and ours.
func functions() []expr.Option {
	options := []expr.Option{expr.DisableAllBuiltins()}
	for _, name := range functionNames {
		if name != "random" && name != "pick" && name != "join" {
			options = append(options, expr.EnableBuiltin(name))
		}
	}
	return append(options,
		expr.Function("random", random, new(func(int) int), new(func(int, int) int)),
		expr.Function("pick", pick, new(func([]string) string), new(func([]any) any)),
		expr.Function("join", join, new(func([]string, string) string), new(func([]any, string) string), new(func([]string) string), new(func([]any) string)),
		expr.Function(plus, addTexts, new(func(string, string) string)),
		expr.Operator("+", plus),
	)
}

const plus = "+ of texts" // no name that somebody could call

var errLong = fmt.Errorf("a text grows beyond %d bytes", hub.DefaultMaxText)

// addTexts is + for texts.
func addTexts(args ...any) (any, error) {
	a, _ := args[0].(string)
	b, _ := args[1].(string)
	if len(a)+len(b) > hub.DefaultMaxText {
		return nil, errLong
	}
	return a + b, nil
}

// join(list, ", ") puts the texts of a list together.
func join(args ...any) (any, error) {
	between := ""
	if len(args) > 1 {
		between, _ = args[1].(string)
	}
	var texts []string
	switch list := args[0].(type) {
	case []string:
		texts = list
	case []any:
		for _, item := range list {
			texts = append(texts, textOf(item))
		}
	}
	n := len(between) * max(0, len(texts)-1)
	for _, s := range texts {
		n += len(s)
	}
	if n > hub.DefaultMaxText {
		return nil, errLong
	}
	return strings.Join(texts, between), nil
}

// random(6) is one of 1 to 6, random(10, 20) one of 10 to 20.
func random(args ...any) (any, error) {
	low, high := 1, 0
	if n, ok := args[len(args)-1].(int); ok {
		high = n
	}
	if n, ok := args[0].(int); ok && len(args) > 1 {
		low = n
	}
	if high < low || high-low < 0 {
		return nil, errors.New("random needs a number of at least 1, or a smaller and a greater one")
	}
	return low + rand.IntN(high-low+1), nil
}

// pick(list) is one of the list.
func pick(args ...any) (any, error) {
	switch list := args[0].(type) {
	case []string:
		if len(list) > 0 {
			return list[rand.IntN(len(list))], nil
		}
	case []any:
		if len(list) > 0 {
			return list[rand.IntN(len(list))], nil
		}
	}
	return nil, errors.New("there is nothing in the list to pick from")
}
