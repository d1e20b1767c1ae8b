-- Puts one message into channels. ARGV: topic of the hubs, expiry, how long a
-- queue is kept, message, and of each channel its name, its capacity, and the life
-- that a membership holds by, '' for any. Returns how many were full, how much
-- expired, the last channel that lost something, and whose membership is over.
local t = now()
local message = string.format('%.0f:', t + ARGV[2]) .. ARGV[4]
local bells, full, expired, last = {}, 0, 0, ''
local over = {}
for i = 5, #ARGV, 3 do
  local name, capacity, life = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local queue = key('queue', name)
  if life ~= '' and redis.call('HGET', key('life', name), 'id') ~= life then
    table.insert(over, name)
  else
    local length = redis.call('LLEN', queue)
    if length >= capacity then
      local n = expire(name, t)
      length, expired = length - n, expired + n
      if n > 0 then last = name end
    end
    if length >= capacity then
      full, last = full + 1, name
    else
      redis.call('RPUSH', queue, message)
      redis.call('PEXPIRE', queue, ARGV[3])
      if length == 0 then redis.call('ZADD', KEYS[1] .. 'due', t + ARGV[2], name) end
      bell(bells, name, t)
    end
  end
end
redis.call('PEXPIRE', KEYS[1] .. 'due', ARGV[3])
ring(bells, ARGV[1])
return {full, expired, last, over}
