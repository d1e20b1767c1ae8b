package redis

import (
	"fmt"
	"hash/fnv"
)

// partitions is how many hash tags the keys are spread over. All keys of a channel,
// a group or a room have the tag of its name, so that a script finds them on one
// node of a cluster, beside the list of what expires there. Hubs that share a server
// must agree on the number.
const partitions = 16

// tag returns what the keys of a partition begin with.
func (l *Layer) tag(partition int) string {
	return fmt.Sprintf("%s:{%d}:", l.opts.Prefix, partition)
}

func partitionOf(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32() % partitions)
}

// key returns a key of kind, as scripts/common.lua makes it.
func (l *Layer) key(kind, name string) string {
	return l.tags[partitionOf(name)] + kind + ":" + name
}

// Topics: of each room, and of each hub, which is told there of messages in
// channels that it holds.
func (l *Layer) roomTopics() string { return l.opts.Prefix + ":room:" }
func (l *Layer) hubTopics() string  { return l.opts.Prefix + ":hub:" }
