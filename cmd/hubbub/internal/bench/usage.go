package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used.
type Usage struct {
	CPU    time.Duration // user and system, since it began
	Memory int64         // bytes resident now
}

// scraped asks a hub at that address for its own count, which it tells to
// programs on its machine.
func scraped(address string) func(context.Context) (Usage, error) {
	return func(ctx context.Context) (Usage, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/metrics", nil)
		if err != nil {
			return Usage{}, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return Usage{}, err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return Usage{}, fmt.Errorf("/metrics: %s", res.Status)
		}
		var u Usage
		found := 0
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), " ")
			n, err := strconv.ParseFloat(value, 64)
			switch {
			case err != nil:
			case name == "process_cpu_seconds_total":
				u.CPU = time.Duration(n * float64(time.Second))
				found++
			case name == "process_resident_memory_bytes":
				u.Memory = int64(n)
				found++
			}
		}
		if found != 2 {
			return Usage{}, errors.New("/metrics does not say what the process uses")
		}
		return u, nil
	}
}
