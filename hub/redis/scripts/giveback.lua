-- Puts back what a receiver took and did not get, and lets it take no more. ARGV:
-- topic of the hubs, channel, receiver, how long a queue is kept.
local name, bells = ARGV[2], {}
local message = redis.call('HGET', key('took', name), ARGV[3])
redis.call('HSET', key('took', name), ARGV[3] .. ' asked', 1000000000)
redis.call('PEXPIRE', key('took', name), ARGV[4])
if message then
  redis.call('HDEL', key('took', name), ARGV[3])
  redis.call('LPUSH', key('queue', name), message)
  redis.call('PEXPIRE', key('queue', name), ARGV[4])
  redis.call('ZADD', KEYS[1] .. 'due', deadline(message), name)
  redis.call('PEXPIRE', KEYS[1] .. 'due', ARGV[4])
  bell(bells, name, now())
  ring(bells, ARGV[1])
end
return 0
