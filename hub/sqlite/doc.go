// Package sqlite is the store in one file, for a hub on one machine.
//
//	store.go    opening, migrations, closing
//	lock.go     one process a file
//	writer.go   the one writer: many requests, one commit
//	append.go   events on their way into a log
//	room.go     what is kept in memory of each room: head and refs
//	rooms.go    which rooms are in memory
//	read.go     pages of a log
//	delete.go   the end of a room
//	state.go    small values by key
//	tail.go     files that lack their newest events, and so are of another epoch
//	backup.go   a copy while the hub runs
//	inspect.go  a look at a file from outside
//	stats.go    what is counted
//	fault.go    what is wrong with the disk or the file, and the cure
package sqlite
