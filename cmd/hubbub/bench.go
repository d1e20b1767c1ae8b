package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"hubbub/cmd/hubbub/internal/bench"
	"hubbub/cmd/hubbub/internal/bench/limit"
)

// benching is what `hubbub bench` was told.
type benching struct {
	load      bench.Load
	url, mqtt string
	procs     int
	gap       time.Duration
	frames    int
	profile   string
	json      bool
	dir       string
	limit     bool // the bare server instead of a hub
	parked    bool // which has connections at rest cost as little as can be
	lean      bool // the server collects its garbage all the time
}

func benchCommand() *cobra.Command {
	parent := &cobra.Command{
		Use:   "bench",
		Short: "Measure a hub under load",
		Long: "Measure a hub under load: how fast it delivers, how late, whether all comes once and in\n" +
			"order, and what it costs. Without --url it is a hub of its own, on free ports, with a\n" +
			"temporary data folder and one processor (--procs). Keys of the config are taken from the\n" +
			"environment, but for addresses, limits and how long rooms are kept.\n\n" +
			"A hub at --url needs limits.events=0 and limits.connects=0; rooms that begin with\n" +
			bench.PrefixKept + " and " + bench.PrefixNone + " are written to, and stay.",
		Example: "  hubbub bench fanout --rooms 1 --members 100 --kept\n" +
			"  hubbub bench limit fanout --rooms 1 --members 100\n" +
			"  hubbub bench publish --senders 10 --rooms 100 --kept --json",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	bare := &cobra.Command{
		Use: "limit", Short: "Put a load on a bare server instead: what this machine can do at most",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	addKinds(parent, false)
	addKinds(bare, true)
	parent.AddCommand(bare, benchTable(), serveLimitCommand())
	return parent
}

func addKinds(parent *cobra.Command, bare bool) {
	parent.AddCommand(
		benchFanout(bare),
		benchLatency(bare),
		benchPublish(bare),
		benchIdle(bare),
		benchStorm(bare),
	)
}

func benchFanout(bare bool) *cobra.Command {
	b := &benching{limit: bare}
	cmd := b.command("fanout", "Rooms whose members all hear what some of them say")
	b.traffic(cmd, 1, 100, 1)
	cmd.Flags().IntVar(&b.load.Window, "window", 32, "messages under way in each room, where there is no --rate")
	return cmd
}

func benchLatency(bare bool) *cobra.Command {
	b := &benching{limit: bare}
	cmd := b.command("latency", "How late messages are that are said at a rate")
	b.traffic(cmd, 1, 100, 20)
	cmd.Flag("rate").DefValue, b.load.Rate = "500", 500
	return cmd
}

func benchPublish(bare bool) *cobra.Command {
	b := &benching{limit: bare}
	cmd := b.command("publish", "How many messages are acknowledged, of senders that are in no room")
	b.traffic(cmd, 100, 0, 10)
	cmd.Flags().IntVar(&b.load.Window, "window", 10, "messages under way in each room, where there is no --rate")
	return cmd
}

func benchIdle(bare bool) *cobra.Command {
	b := &benching{limit: bare, parked: bare}
	cmd := b.command("idle", "What connections cost that have joined a room and say nothing")
	b.many(cmd)
	cmd.Flags().BoolVar(&b.lean, "lean", false, "the server collects its garbage all the time: its memory is then what it uses, and it opens fewer a second")
	return cmd
}

func benchStorm(bare bool) *cobra.Command {
	b := &benching{limit: bare, parked: bare}
	cmd := b.command("storm", "All are thrown off at once, come back at once, and go on where they were")
	b.many(cmd)
	cmd.Flags().Float64Var(&b.load.Rate, "rate", 100, "messages a second, said meanwhile by one member of each room")
	return cmd
}

// many adds the flags of the kinds with many connections.
func (b *benching) many(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&b.load.Connections, "connections", 10_000, "connections")
	f.IntVar(&b.load.Rooms, "rooms", 100, "rooms that they are in")
	f.IntVar(&b.load.Opening, "opening", 1000, "connections that are being opened at once")
}

// command returns the command of a kind, with the flags that all have.
func (b *benching) command(kind, short string) *cobra.Command {
	cmd := &cobra.Command{
		Use: kind, Short: short, Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd, kind) },
	}
	f := cmd.Flags()
	f.DurationVar(&b.load.Duration, "duration", 5*time.Second, "how long it is measured")
	f.DurationVar(&b.load.Warmup, "warmup", time.Second, "how long it runs before")
	f.StringVar((*string)(&b.load.Read), "read", string(bench.WebSocket), "what readers speak: websocket or mqtt")
	f.IntVar(&b.load.QoS, "qos", 0, "quality of service over MQTT, 0 or 1")
	f.IntVar(&b.procs, "procs", 1, "processors that the server may use (GOMAXPROCS)")
	f.StringVar(&b.profile, "profile", "", "file for a CPU profile of the server, for go tool pprof")
	f.BoolVar(&b.json, "json", false, "print the result as JSON")
	if b.limit {
		f.DurationVar(&b.gap, "gap", 5*time.Millisecond, "how long an event may wait for others")
		f.IntVar(&b.frames, "frames", 16, "how many events do not wait")
		return cmd
	}
	f.BoolVar(&b.load.Kept, "kept", false, "rooms whose log is kept (default: ephemeral ones)")
	f.StringVar(&b.dir, "dir", "", "folder for the temporary data of a hub of its own (default: the system's)")
	f.StringVar(&b.url, "url", "", "measure the hub at this address instead")
	f.StringVar(&b.mqtt, "mqtt", "", "address of its MQTT broker")
	f.StringVar(&b.load.Token, "token", "", "what it knows the connections by, as a bearer token")
	f.StringVar(&b.load.Prefix, "prefix", "", "what the rooms' names begin with")
	return cmd
}

// traffic adds the flags of the kinds that send messages.
func (b *benching) traffic(cmd *cobra.Command, rooms, members, senders int) {
	f := cmd.Flags()
	f.IntVar(&b.load.Rooms, "rooms", rooms, "rooms")
	if members > 0 {
		f.IntVar(&b.load.Members, "members", members, "members of each room")
		f.IntVar(&b.load.Joins, "joins", 1, "rooms that each connection joins")
	}
	f.IntVar(&b.load.Senders, "senders", senders, "senders in each room")
	f.StringVar((*string)(&b.load.Publish), "publish", "", "what senders speak (default: as --read)")
	f.Float64Var(&b.load.Rate, "rate", 0, "messages a second of all rooms together")
	f.IntVar(&b.load.Size, "size", 128, "bytes of text in each message")
	f.BoolVar(&b.load.Refs, "refs", members == 0, "each message has a reference of its own")
}

func (b *benching) run(cmd *cobra.Command, kind string) (err error) {
	ctx := cmd.Context()
	if err := b.load.Check(); err != nil {
		return usageError{err}
	}
	if b.limit && kind == "storm" && b.load.Read == bench.MQTT {
		return usageError{errors.New("the bare server knows no MQTT 5, in which alone a client says where it goes on: leave --read mqtt out")}
	}
	target, stop, err := b.target(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	bar := newBar(cmd.ErrOrStderr())
	result, err := b.put(ctx, &bench.Bench{Target: target, Show: bar.show}, kind)
	bar.clear()
	if err != nil {
		return interrupted(ctx, err)
	}
	if b.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
	}
	return bench.Print(cmd.OutOrStdout(), result)
}

// interrupted is err, or that somebody did not want to wait.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return statusError{statusInterrupted, errors.New("interrupted")}
	}
	return err
}

func (b *benching) put(ctx context.Context, on *bench.Bench, kind string) (*bench.Result, error) {
	switch kind {
	case "idle":
		return on.Idle(ctx, b.load)
	case "storm":
		return on.Storm(ctx, b.load)
	default:
		return on.Traffic(ctx, kind, b.load)
	}
}

// target returns what the load is put on, and what ends it.
func (b *benching) target(ctx context.Context) (*bench.Target, func() error, error) {
	if b.url != "" {
		t, err := bench.At(ctx, b.url, b.mqtt)
		if err != nil {
			return nil, nil, usageError{err}
		}
		return t, func() error { return nil }, nil
	}
	child, err := b.child(ctx)
	if err != nil {
		return nil, nil, err
	}
	return child.Target, child.Stop, nil
}

// child starts a server.
func (b *benching) child(ctx context.Context) (*bench.Child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	name, start := "a hub of its own", bench.Start{Exe: exe, Args: []string{"serve"}, Procs: b.procs, Dir: b.dir}
	if b.limit {
		name = "the limit"
		start.Args = []string{"bench", "serve-limit", "--gap", b.gap.String(), "--frames", strconv.Itoa(b.frames)}
	}
	if b.parked {
		start.Args = append(start.Args, "--park")
	}
	if b.lean { // a bound that no program keeps: the collector runs as often as it may
		start.Env = append(start.Env, "GOMEMLIMIT=1")
	}
	if b.profile != "" {
		start.Args = append(start.Args, "--cpu-profile", absolute(b.profile))
	}
	return bench.Run(ctx, name, start)
}

// serveLimitCommand is the bare server, as `hubbub bench limit` starts it.
func serveLimitCommand() *cobra.Command {
	var opts limit.Options
	var profile string
	cmd := &cobra.Command{
		Use: "serve-limit", Hidden: true, Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return profiled(profile, func() error { return limit.Serve(cmd.Context(), cmd.ErrOrStderr(), opts) })
		},
	}
	cmd.Flags().DurationVar(&opts.Gap, "gap", 5*time.Millisecond, "")
	cmd.Flags().IntVar(&opts.Frames, "frames", 16, "")
	cmd.Flags().BoolVar(&opts.Park, "park", false, "")
	profileFlag(cmd, &profile)
	return cmd
}
