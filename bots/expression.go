package bots

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// What bounds an expression: names, numbers, operators and calls in it, and items in
// all lists that it makes.
const (
	maxNodes = 128
	maxMade  = 500
)

// expression is compiled and has a type. What it costs is bounded: it has no loops
// but over the lists that it is given, and none inside of another; texts and lists that
// it makes have an end. At its worst it takes some tenths of a second
// (BenchmarkCostliestExpression).
type expression struct {
	program *vm.Program
	typ     reflect.Type // of its value; nil where that is known only when it is there
	file    string
	line    int
}

// value computes the expression.
func (x *expression) value(a *act) (any, error) {
	machine := vm.VM{MemoryBudget: maxMade}
	v, err := machine.Run(x.program, a.environment())
	if err != nil {
		problem := err.Error()
		if fault, ok := errors.AsType[*file.Error](err); ok {
			problem = fault.Message
		}
		return nil, fmt.Errorf("%s:%d: the expression cannot be computed: %s", x.file, x.line, problem)
	}
	return v, nil
}

// compile compiles src. Options say what type is wanted.
func compile(src string, v *vocabulary, options ...expr.Option) (*expression, *problem) {
	if strings.TrimSpace(src) == "" {
		return nil, &problem{text: "The expression is empty. Write a name, such as `user.name`."}
	}
	w := &warden{vocabulary: v}
	all := append(functions(), expr.Env(v.names), expr.MaxNodes(maxNodes), expr.Patch(w))
	program, err := expr.Compile(src, append(all, options...)...)
	switch {
	case err != nil:
		p := explain(src, err, v)
		if v.loose && strings.HasPrefix(p.text, "There is no") {
			return nil, nil
		}
		return nil, p
	case w.problem != nil:
		w.problem.offset = offsetOf(src, w.problem.offset)
		return nil, w.problem
	}
	return &expression{program: program, typ: program.Node().Type()}, nil
}

var (
	unknownName  = regexp.MustCompile(`^unknown name (\w+)`)
	unknownField = regexp.MustCompile(`^(?:type .* has no field|unknown field) (\w+)`)
	tooLong      = regexp.MustCompile(`exceeds maximum allowed nodes`)
)

// explain says what is wrong with src in our words.
func explain(src string, err error, v *vocabulary) *problem {
	fault, ok := errors.AsType[*file.Error](err)
	if !ok {
		first, _, _ := strings.Cut(err.Error(), "\n")
		if tooLong.MatchString(first) {
			return &problem{text: fmt.Sprintf("The expression is too long: it has more than %d parts. Compute it in steps, with `set`.", maxNodes)}
		}
		return &problem{text: fmt.Sprintf("The expression is not understood: %s.", first)}
	}
	p := &problem{offset: offsetOf(src, fault.From)}
	switch m := unknownName.FindStringSubmatch(fault.Message); {
	case m != nil:
		p.text = fmt.Sprintf("There is no `%.40s` here.%s", m[1], suggestion(m[1], append(v.known(), functionNames...)))
		return p
	case tooLong.MatchString(fault.Message):
		p.text = fmt.Sprintf("The expression is too long: it has more than %d parts. Compute it in steps, with `set`.", maxNodes)
		return p
	}
	if m := unknownField.FindStringSubmatch(fault.Message); m != nil {
		p.text = fmt.Sprintf("There is no `%.40s` in it.%s", m[1], suggestion("user."+m[1], v.known()))
		return p
	}
	p.text = fmt.Sprintf("The expression is not understood: %s.", fault.Message)
	return p
}

// offsetOf returns where the character of that number is, in bytes.
func offsetOf(src string, character int) int {
	n := 0
	for i := range src {
		if n == character {
			return i
		}
		n++
	}
	return len(src)
}

// warden looks at what an expression consists of before it is compiled.
type warden struct {
	vocabulary *vocabulary
	problem    *problem
}

// Visit implements [ast.Visitor].
func (w *warden) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		w.vocabulary.data = w.vocabulary.data || n.Value == "data"
	case *ast.BinaryNode:
		_, literal := n.Right.(*ast.StringNode)
		switch {
		case n.Operator == "..":
			w.refuse(n, "Ranges (`..`) cannot be used here. For a number by chance write `random(1, 6)`.")
		case n.Operator == "matches" && !literal:
			w.refuse(n, "`matches` needs a pattern that stands there in quotes.")
		}
	case *ast.PredicateNode:
		inner := &loop{}
		ast.Walk(&n.Node, inner)
		switch {
		case inner.nested:
			w.refuse(n, "One loop over a list cannot stand inside of another. Compute one of them first, with `set`.")
		case inner.costly:
			w.refuse(n, "In a loop over a list functions are for its items, such as `lower(#)`, and `matches` and `data` have no place. Compute the rest outside: `let w = lower(word); any(rota, lower(#) == w)`.")
		}
	}
}

func (w *warden) refuse(n ast.Node, text string) {
	if w.problem == nil {
		w.problem = &problem{offset: n.Location().From, text: text}
	}
}

// cheap are the functions that take no longer for a long text.
var cheap = []string{"abs", "ceil", "first", "float", "floor", "int", "last", "len", "max", "min", "round"}

// loop looks at what a loop does with each item.
type loop struct{ nested, costly bool }

// Visit implements [ast.Visitor].
func (v *loop) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BuiltinNode:
		for _, a := range n.Arguments {
			_, predicate := a.(*ast.PredicateNode)
			_, item := a.(*ast.PointerNode)
			v.nested = v.nested || predicate
			v.costly = v.costly || !item && !slices.Contains(cheap, n.Name)
		}
	case *ast.CallNode:
		v.costly = true
	case *ast.BinaryNode:
		v.costly = v.costly || n.Operator == "matches"
	case *ast.IdentifierNode:
		v.costly = v.costly || n.Value == "data"
	}
}
