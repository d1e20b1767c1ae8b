package bots

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/types"
)

// Bounds of what a conversation keeps.
const (
	maxVariables = 64
	maxTextKept  = 4 << 10 // bytes of a text; the rest is cut off
	maxListKept  = 100     // texts in a list; those beyond are left out
)

// variable is something that conversations keep.
type variable struct {
	name  string
	start any // until it is set: string, int, float64, bool or []string
}

// typ is what expressions know of it.
func (v *variable) typ() types.Type { return types.TypeOf(v.start) }

// is says what it holds, to people.
func (v *variable) is() string { return kindOfValue(reflect.TypeOf(v.start)) }

func kindOfValue(t reflect.Type) string {
	switch {
	case t == nil:
		return "something"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Bool:
		return "yes or no"
	case t.Kind() == reflect.Slice:
		return "a list"
	default:
		return "a " + t.String()
	}
}

// takes reports whether values of type t may be right for it.
func (v *variable) takes(t reflect.Type) bool {
	if t == nil || t.Kind() == reflect.Interface {
		return true // known when it is there
	}
	want := reflect.TypeOf(v.start)
	switch want.Kind() {
	case reflect.Float64:
		return t.Kind() == reflect.Int || t.Kind() == reflect.Float64
	case reflect.Slice:
		return t == want || t == reflect.TypeFor[[]any]()
	default:
		return t == want
	}
}

// fit returns the value as the variable holds it, within the bounds.
func (v *variable) fit(value any) (any, error) {
	switch v.start.(type) {
	case string:
		if s, ok := value.(string); ok {
			return cut(s, maxTextKept), nil
		}
	case int:
		if n, ok := asFloat(value); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 { // so far JSON's numbers are exact
			return int(n), nil
		}
	case float64:
		if n, ok := asFloat(value); ok {
			return n, nil
		}
	case bool:
		if b, ok := value.(bool); ok {
			return b, nil
		}
	case []string:
		return v.fitList(value)
	}
	return nil, fmt.Errorf("%#q is %s, and cannot be %.40v", v.name, v.is(), value)
}

// asFloat returns a number that JSON has.
func asFloat(value any) (float64, bool) {
	switch n := value.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, n-n == 0
	default:
		return 0, false
	}
}

func (v *variable) fitList(value any) (any, error) {
	var list []string
	switch of := value.(type) {
	case []string:
		list = of
	case []any:
		for _, item := range of {
			s, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("%#q is a list of texts, and cannot hold %.40v", v.name, item)
			}
			list = append(list, s)
		}
	default:
		return nil, fmt.Errorf("%#q is a list, and cannot be %.40v", v.name, value)
	}
	fitted := make([]string, 0, min(len(list), maxListKept))
	for _, s := range list[:min(len(list), maxListKept)] {
		fitted = append(fitted, cut(s, maxTextKept/8))
	}
	return fitted, nil
}

func (v *variable) isStart(value any) bool {
	if list, ok := v.start.([]string); ok {
		of, ok := value.([]string)
		return ok && slices.Equal(list, of)
	}
	return v.start == value
}

// encodeVariables returns nil where all are as they begin.
func encodeVariables(vars map[string]any) ([]byte, error) {
	if len(vars) == 0 {
		return nil, nil
	}
	return json.Marshal(vars)
}

// decodeVariables reads what was kept. What the bot's file does not know any more,
// or knows as something else, begins anew.
func (d *Definition) decodeVariables(kept []byte) map[string]any {
	if kept == nil {
		return nil
	}
	var raw map[string]any
	if json.Unmarshal(kept, &raw) != nil {
		return nil
	}
	vars := make(map[string]any, len(raw))
	for i := range d.variables {
		v := &d.variables[i]
		value, ok := raw[v.name]
		if !ok {
			continue
		}
		if fitted, err := v.fit(value); err == nil {
			vars[v.name] = fitted
		}
	}
	return vars
}
