package redis

import (
	"context"
	"embed"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/*.lua
var sources embed.FS

// What Redis does in one step. Each file says what it is given and returns.
var (
	sendScript     = channelScript("send")
	takeScript     = channelScript("take")
	givebackScript = channelScript("giveback")
	holdScript     = channelScript("hold")
	leaveScript    = channelScript("leave")
	disownScript   = channelScript("disown")
	joinScript     = channelScript("join")
	partScript     = channelScript("part")
	sweepScript    = channelScript("sweep")

	enterScript   = presenceScript("enter")
	exitScript    = presenceScript("exit")
	presentScript = presenceScript("present")
	stayScript    = presenceScript("stay")
)

func channelScript(name string) *redis.Script {
	return redis.NewScript(source("common") + source("channels") + source(name))
}

func presenceScript(name string) *redis.Script {
	return redis.NewScript(source("common") + source("presence") + source(name))
}

func source(name string) string {
	text, err := sources.ReadFile("scripts/" + name + ".lua")
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// run runs a script in the partition of name. Close waits for it.
func (l *Layer) run(ctx context.Context, s *redis.Script, name string, args ...any) (reply, error) {
	return l.runIn(ctx, s, l.tags[partitionOf(name)], args...)
}

func (l *Layer) runIn(ctx context.Context, s *redis.Script, tag string, args ...any) (reply, error) {
	ctx, done, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	r, err := s.Run(ctx, l.rdb, []string{tag}, args...).Result()
	if err != nil {
		return nil, err
	}
	if list, ok := r.([]any); ok {
		return list, nil
	}
	return reply{r}, nil
}

// reply is what a script returned. What is not of the wanted type is zero.
type reply []any

func (r reply) at(i int) any {
	if i < len(r) {
		return r[i]
	}
	return nil
}

func (r reply) int(i int) int {
	n, _ := r.at(i).(int64)
	return int(n)
}

func (r reply) text(i int) (string, bool) {
	s, ok := r.at(i).(string)
	return s, ok
}

func (r reply) texts(i int) []string {
	list, _ := r.at(i).([]any)
	var texts []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}
