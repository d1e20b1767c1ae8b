-- Notes a channel's membership at the channel. ARGV: channel, group, an id for a
-- new life, stay, held. Returns the life that the membership holds by, groups to be
-- kept, and the last flush.
local name, t = ARGV[1], now()
if redis.call('EXISTS', key('life', name)) == 0 then
  redis.call('HSET', key('life', name), 'id', ARGV[3], 'kept', t)
  redis.call('DEL', key('groups', name))
end
redis.call('SADD', key('groups', name), ARGV[2])
local id = redis.call('HGET', key('life', name), 'id')
return {id, keep(name, t, ARGV[4], tonumber(ARGV[5])), flushed()}
