// Package sqlite is the store in one file, for a hub on one machine.
//
//	store.go    opening, migrations, closing
//	lock.go     one process a file
//	writer.go   the one writer: many requests, one commit
//	append.go   events on their way into a log
//	turn.go     several events, in all their logs or in none
//	change.go   what edits, deletions and reactions do to rows
//	room.go     what is kept in memory of each room: head and refs
//	rooms.go    which rooms are in memory
//	index.go    where the rows of each room's events are
//	locate.go   a part of a log, found by that
//	insert.go   the one statement that each event takes
//	read.go     pages of a log
//	trim.go     the oldest events leave a log
//	members.go  who is a member, and has read up to where
//	unread.go   what members have not read
//	delete.go   the end of a room
//	state.go    small values by key
//	tail.go     files that lack their newest events, and so are of another epoch
//	backup.go   a copy while the hub runs
//	inspect.go  a look at a file from outside
//	stats.go    what is counted
//	fault.go    what is wrong with the disk or the file, and the cure
package sqlite
