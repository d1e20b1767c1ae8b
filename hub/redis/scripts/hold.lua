-- Notes, or notes again, that a hub holds a channel. ARGV: channel, hub, whether
-- it is an owner, number of its newest Receive that waits or '', stay, held.
-- Returns how many messages wait, groups to be kept, the life that memberships hold
-- by, and the last flush.
local name, t = ARGV[1], now()
if ARGV[3] == '1' then
  redis.call('ZREMRANGEBYSCORE', key('owners', name), '-inf', t)
  redis.call('ZADD', key('owners', name), t + ARGV[6], ARGV[2])
  redis.call('PEXPIRE', key('owners', name), ARGV[6])
end
if ARGV[4] ~= '' then
  redis.call('HSET', key('waiting', name), ARGV[2], ARGV[4])
  redis.call('PEXPIRE', key('waiting', name), ARGV[6])
end
local groups = keep(name, t, ARGV[5], tonumber(ARGV[6]))
local life = redis.call('HGET', key('life', name), 'id')
return {redis.call('LLEN', key('queue', name)), groups, life or '', flushed()}
