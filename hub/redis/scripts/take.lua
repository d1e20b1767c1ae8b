-- Takes a channel's oldest message for a receiver, which asks again where it got no
-- answer: it is given the same message then, and what it asked before and comes
-- late takes none. ARGV: channel, receiver, how often it has asked before, hub,
-- number of its Receive, whether to note the hub as waiting ('never', 'empty' or
-- 'always'), how long to remember, stay, held. Returns the message or nothing, how many are
-- left, how many expired, and groups to be kept.
local name, receiver, asked = ARGV[1], ARGV[2], tonumber(ARGV[3])
local t, expired, message = now(), 0, false
local newest = redis.call('HGET', key('took', name), receiver .. ' asked')
if newest and tonumber(newest) > asked then return {false, 0, 0, {}} end
if asked > 0 then
  message = redis.call('HGET', key('took', name), receiver)
  redis.call('HSET', key('took', name), receiver .. ' asked', asked)
  redis.call('PEXPIRE', key('took', name), ARGV[7])
end
if not message then
  repeat
    message = redis.call('LPOP', key('queue', name))
    local stale = message and deadline(message) <= t
    if stale then expired = expired + 1 end
  until not stale
  if message then
    redis.call('HSET', key('took', name), receiver, message)
    redis.call('PEXPIRE', key('took', name), ARGV[7])
  end
end
local left = redis.call('LLEN', key('queue', name))
if left == 0 then redis.call('ZREM', KEYS[1] .. 'due', name) end
if ARGV[6] == 'always' or ARGV[6] == 'empty' and not message then
  redis.call('HSET', key('waiting', name), ARGV[4], ARGV[5])
  redis.call('PEXPIRE', key('waiting', name), ARGV[9])
end
return {message and body(message), left, expired, keep(name, t, ARGV[8], tonumber(ARGV[9]))}
