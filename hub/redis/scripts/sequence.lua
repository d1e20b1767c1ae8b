-- Returns where a room's sequence stands: its newest seq and its epoch. It begins
-- with what the hub knows where the server has none, or lost what it had.
-- ARGV: room, newest seq that the hub knows, its epoch, milliseconds that the
-- sequence is kept.
local at = key('sequence', ARGV[1])
redis.call('HSETNX', at, 'epoch', ARGV[3])
local seq = math.max(tonumber(redis.call('HGET', at, 'seq') or 0), tonumber(ARGV[2]))
redis.call('HSET', at, 'seq', seq)
redis.call('PEXPIRE', at, ARGV[4])
return {seq, redis.call('HGET', at, 'epoch')}
