// Package bots runs chatbots: those written in YAML, and any hub.Application.
//
// A bot joins its rooms as everyone else does and hands what people say there
// to conversations. A conversation is a scope, one for each bot and user: it
// opens on the user's first message and ends when the user falls silent or the
// hub stops. What its consumer sends while it handles an event is the answer to
// that event: one commit, together with how far the bot has got; so after a
// crash nothing goes unanswered and nothing is answered twice.
//
// Which file owns what:
//
//	definition.go, rule.go, template.go   what a bot's file says
//	load.go, reader.go, fault.go          reading the files, and all that is wrong with them
//	application.go                        rules as a hub.Application
//	runner.go, bot.go                     starting and stopping bots
//	listener.go, catchup.go, inbox.go     one bot in one room: events, in order
//	conversations.go, conversation.go     the scopes of a bot's users
//	outbox.go                             answers on their way into the log
//	stats.go                              what is counted
//	bookmark.go                           how far a bot has got
package bots
