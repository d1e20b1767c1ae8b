// Package bots runs chatbots: those written in YAML, and any hub.Application.
//
// A bot joins its rooms as everyone else does and hands what happens there to
// conversations. A conversation is a scope, one for each user, room or user in a
// room, as the bot says: it opens with the first message and ends when nobody says
// anything for some time or the hub stops. What its consumer sends while it handles
// an event is the answer to that event. That, what the conversation keeps, and how far
// the bot has got are one commit; so after a crash nothing goes unanswered, nothing is
// answered twice, and nothing is counted twice.
//
// Which file owns what:
//
//	definition.go, rule.go, act.go        what a bot's file says, and the rules at work on one event
//	trigger.go, step.go, variable.go      when a rule fits, what it does, what is kept
//	usage.go, kinds.go, line.go           commands with typed arguments
//	template.go, expression.go, value.go,
//	vocabulary.go, functions.go           ${…}: what it may speak of, and how it is compiled
//	load.go, fault.go, reader.go, read_*.go reading the files, and all that is wrong with them
//	application.go                        rules as a hub.Application
//	runner.go, running.go, bot.go         starting and stopping bots; one bot at work
//	follow.go                             taking over files that change
//	listener.go, catchup.go, inbox.go,
//	rejoin.go                             one bot in one room: events, in order
//	conversations.go, conversation.go,
//	wheel.go                              the scopes of a bot, and when they have been idle for long enough
//	turn.go, ledger.go, commit.go         what comes of events, on its way into the logs and the store
//	bookmark.go                           how far a bot has got
//	stats.go                              what bots have done
//	trial.go, transcript.go               bots without a hub
package bots
