-- Ends the waiting of a Receive. ARGV: channel, hub, number of the Receive, stay,
-- held. The hub goes on waiting if a later one does.
local name = ARGV[1]
if redis.call('HGET', key('waiting', name), ARGV[2]) == ARGV[3] then
  redis.call('HDEL', key('waiting', name), ARGV[2])
end
keep(name, now(), ARGV[4], tonumber(ARGV[5]))
return 0
