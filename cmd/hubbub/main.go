// Command hubbub is the chat hub: people in browsers, devices on MQTT and bots
// in the same rooms.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set when the program is built for a release.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the whole program, and returns its exit status.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	cmd := rootCommand()
	cmd.SetArgs(args)
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(errs)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if errors.As(err, new(mistakes)) {
		_, _ = fmt.Fprintln(errs, err) // bare, so that editors find the place of each
	} else {
		_, _ = fmt.Fprintln(errs, "hubbub:", err)
	}
	if errors.As(err, new(usageError)) {
		return statusUsage
	}
	if e, ok := errors.AsType[statusError](err); ok {
		return e.status
	}
	return statusFailed
}
