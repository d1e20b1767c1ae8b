-- Ends a hub's ownership. ARGV: channel, hub. After the last one the channel
-- drops its messages and leaves its groups. Returns how many messages were dropped
-- in time, how many had expired, the life that the memberships held by, and the
-- groups.
local name, t = ARGV[1], now()
redis.call('ZREM', key('owners', name), ARGV[2])
if owned(name, t) then return {0, 0, '', {}} end
local expired = expire(name, t)
local left = redis.call('LLEN', key('queue', name))
local life = redis.call('HGET', key('life', name), 'id') or ''
local groups = redis.call('SMEMBERS', key('groups', name))
redis.call('DEL', key('queue', name), key('owners', name), key('life', name), key('groups', name))
redis.call('ZREM', KEYS[1] .. 'due', name)
return {left, expired, life, groups}
