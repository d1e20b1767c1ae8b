package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc's times, which is the same on all of Linux's
// systems that Go runs on (proc(5), USER_HZ).
const tick = time.Second / 100

// usageOf reads what a process of this machine has used.
func usageOf(pid int) func(context.Context) (Usage, error) {
	return func(context.Context) (Usage, error) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return Usage{}, err
		}
		// The name, in parentheses, may hold anything. What follows begins with
		// field 3; utime and stime are 14 and 15, rss, in pages, is 24.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if len(fields) < 22 {
			return Usage{}, errors.New("/proc/PID/stat is not as it should be")
		}
		user, err1 := strconv.ParseInt(fields[14-3], 10, 64)
		system, err2 := strconv.ParseInt(fields[15-3], 10, 64)
		pages, err3 := strconv.ParseInt(fields[24-3], 10, 64)
		return Usage{CPU: time.Duration(user+system) * tick, Memory: pages * int64(os.Getpagesize())}, errors.Join(err1, err2, err3)
	}
}
